"""What every peer can do."""

LIMIT = 10
MAX_LINKS = 16
EF_CONSTRUCTION = 200

WIDTHS = (10, 12, 14, 16, 20, 24, 28, 32, 40, 48, 64, 80, 96, 128, 160, 200, 256, 320)


class NotApplicable(Exception):
    """The peer cannot hold such vectors."""


class Peer:
    """One library at its settings; `build` first, then any number of `search`."""

    package = ""
    """The name to import; done beforehand, so that the library's own code counts as no memory."""

    settings = WIDTHS
    """What is varied along the curve: a width, or a tuple of probes and refined rows."""

    def build(self, data, threads):
        """Builds the index of a `Dataset`; a second build replaces the first."""
        raise NotImplementedError

    def search(self, queries, setting):
        """The rows found, `[queries, LIMIT]`, by one thread; negative where there is none."""
        raise NotImplementedError

    def prepare(self, queries):
        """The queries as the library takes them; not timed."""
        return queries

    def close(self):
        """Frees the index."""
        self.index = None
