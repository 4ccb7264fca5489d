// Whoever speaks to the database names its points, requests and errors: one import brings them.
@_exported public import Protocols
