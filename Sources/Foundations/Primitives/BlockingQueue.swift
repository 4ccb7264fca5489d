import Glibc

/// A queue whose readers sleep while it is empty.
///
/// Thread safety: any thread may call anything. It has no limit: whoever appends keeps one.
package final class BlockingQueue<Element>: @unchecked Sendable {
    // `elements` and `isClosed` are touched under `mutex` only. The two C values live at fixed
    // addresses, as their functions need, from init to deinit.
    private let mutex = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
    private let condition = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)
    private var elements: [Element] = []
    /// The elements before this index are taken; they are dropped together, so that taking one
    /// costs O(1) on average.
    private var head = 0
    private var isClosed = false

    /// Makes an empty queue.
    package init() {
        pthread_mutex_init(mutex, nil)
        pthread_cond_init(condition, nil)
    }

    deinit {
        pthread_cond_destroy(condition)
        pthread_mutex_destroy(mutex)
        condition.deallocate()
        mutex.deallocate()
    }

    /// Adds an element and wakes a reader.
    package func append(_ element: sending Element) {
        pthread_mutex_lock(mutex)
        elements.append(element)
        pthread_mutex_unlock(mutex)
        pthread_cond_signal(condition)
    }

    /// Takes the first element, sleeping until there is one; nil once the queue is closed and empty.
    package func next() -> Element? {
        pthread_mutex_lock(mutex)
        defer { pthread_mutex_unlock(mutex) }
        while head == elements.count {
            if isClosed { return nil }
            pthread_cond_wait(condition, mutex)
        }
        let element = elements[head]
        head += 1
        if head == elements.count || head >= 1024 {
            elements.removeFirst(head)
            head = 0
        }
        return element
    }

    /// Lets readers go once the queue is empty.
    package func close() {
        pthread_mutex_lock(mutex)
        isClosed = true
        pthread_mutex_unlock(mutex)
        pthread_cond_broadcast(condition)
    }
}
