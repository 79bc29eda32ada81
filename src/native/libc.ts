/**
 * Every call into the C library, and the only file that binds any. `koffi.load(null)` finds the symbols in the running
 * process, so that no name of a libc file is needed and glibc and musl both serve.
 *
 * All calls return -1 on failure; `errno()` then says why, if it is read before the next call. Buffers are passed by
 * their addresses (see Region): a wrong one kills the process, so only src/native makes them.
 */
import koffi from 'koffi'

declare const pointer: unique symbol
/** An address in this process. A bigint, since a number of that size would be allocated anew for every call. */
export type Pointer = bigint & { readonly [pointer]: true }

/** Takes what the C library gave, or was reckoned from a Pointer, for an address. */
export function toPointer(address: bigint): Pointer {
  return address as Pointer // the one place where a number becomes an address
}

/** NULL, where the man page allows it. */
export const NULL = toPointer(0n)

const c = koffi.load(null)

/** epoll_create1(2) */
export const epollCreate: (flags: number) => number = c.func('int epoll_create1(int flags)')
/** epoll_ctl(2) */
export const epollCtl: (epoll: number, operation: number, fd: number, event: Pointer) => number = c.func(
  'int epoll_ctl(int epfd, int op, int fd, void *event)',
)
/** epoll_wait(2); `timeout` in milliseconds, -1 waits for ever. */
export const epollWait: (epoll: number, events: Pointer, maxEvents: number, timeout: number) => number = c.func(
  'int epoll_wait(int epfd, void *events, int maxevents, int timeout)',
)

/** socket(2) */
export const socket: (domain: number, type: number, protocol: number) => number = c.func(
  'int socket(int domain, int type, int protocol)',
)
/** socketpair(2); writes two ints. */
export const socketpair: (domain: number, type: number, protocol: number, pair: Pointer) => number = c.func(
  'int socketpair(int domain, int type, int protocol, void *sv)',
)
/** bind(2) */
export const bind: (fd: number, address: Pointer, length: number) => number = c.func(
  'int bind(int fd, void *addr, uint32_t addrlen)',
)
/** listen(2) */
export const listen: (fd: number, backlog: number) => number = c.func('int listen(int fd, int backlog)')
/** accept4(2); `length` is an in-out uint32. */
export const accept4: (fd: number, address: Pointer, length: Pointer, flags: number) => number = c.func(
  'int accept4(int fd, void *addr, void *addrlen, int flags)',
)
/** connect(2) */
export const connect: (fd: number, address: Pointer, length: number) => number = c.func(
  'int connect(int fd, void *addr, uint32_t addrlen)',
)
/** getsockname(2); `length` is an in-out uint32. */
export const getsockname: (fd: number, address: Pointer, length: Pointer) => number = c.func(
  'int getsockname(int fd, void *addr, void *addrlen)',
)
/** getpeername(2); `length` is an in-out uint32. */
export const getpeername: (fd: number, address: Pointer, length: Pointer) => number = c.func(
  'int getpeername(int fd, void *addr, void *addrlen)',
)
/** getsockopt(2); `length` is an in-out uint32. */
export const getsockopt: (fd: number, level: number, name: number, value: Pointer, length: Pointer) => number = c.func(
  'int getsockopt(int fd, int level, int optname, void *optval, void *optlen)',
)
/** setsockopt(2) */
export const setsockopt: (fd: number, level: number, name: number, value: Pointer, length: number) => number = c.func(
  'int setsockopt(int fd, int level, int optname, void *optval, uint32_t optlen)',
)
/** shutdown(2) */
export const shutdown: (fd: number, how: number) => number = c.func('int shutdown(int fd, int how)')
/** close(2): the descriptor is gone even when it fails. */
export const close: (fd: number) => number = c.func('int close(int fd)')

/** recv(2) */
export const recv: (fd: number, to: Pointer, length: number, flags: number) => number = c.func(
  'long recv(int fd, void *buf, size_t len, int flags)',
)
/** send(2) */
export const send: (fd: number, from: Pointer, length: number, flags: number) => number = c.func(
  'long send(int fd, void *buf, size_t len, int flags)',
)
/** send(2) from JavaScript's own memory, which stands still for the length of the call. */
export const sendBytes: (fd: number, from: Uint8Array, length: number, flags: number) => number = c.func(
  'long send(int fd, void *buf, size_t len, int flags)',
)
/** recvmsg(2) */
export const recvmsg: (fd: number, message: Pointer, flags: number) => number = c.func(
  'long recvmsg(int fd, void *msg, int flags)',
)
/** sendmsg(2) */
export const sendmsg: (fd: number, message: Pointer, flags: number) => number = c.func(
  'long sendmsg(int fd, void *msg, int flags)',
)
/** recvmmsg(2); `timeout` is a struct timespec or NULL. */
export const recvmmsg: (fd: number, messages: Pointer, count: number, flags: number, timeout: Pointer) => number =
  c.func('int recvmmsg(int fd, void *msgvec, unsigned int vlen, int flags, void *timeout)')
/** sendmmsg(2) */
export const sendmmsg: (fd: number, messages: Pointer, count: number, flags: number) => number = c.func(
  'int sendmmsg(int fd, void *msgvec, unsigned int vlen, int flags)',
)
/** splice(2); both offsets are NULL for sockets and pipes. */
export const splice: (
  from: number,
  fromOffset: Pointer,
  to: number,
  toOffset: Pointer,
  length: number,
  flags: number,
) => number = c.func('long splice(int fd_in, void *off_in, int fd_out, void *off_out, size_t len, unsigned int flags)')
/** pipe2(2); writes two ints: read end, write end. */
export const pipe2: (pair: Pointer, flags: number) => number = c.func('int pipe2(void *pipefd, int flags)')
/** fcntl(2) with an int argument. */
export const fcntl: (fd: number, command: number, argument: number) => number = c.func(
  'int fcntl(int fd, int cmd, long arg)',
)

/** ioctl(2) with a pointer. */
export const ioctl: (fd: number, request: number, argument: Pointer) => number = c.func(
  'int ioctl(int fd, unsigned long request, void *argp)',
)

/** usleep(3) */
export const usleep: (microseconds: number) => number = c.func('int usleep(uint32_t usec)')

/** memfd_create(2) */
export const memfdCreate: (name: string, flags: number) => number = c.func(
  'int memfd_create(const char *name, unsigned int flags)',
)
/** ftruncate(2) */
export const ftruncate: (fd: number, length: number) => number = c.func('int ftruncate(int fd, long length)')
/** mmap(2); the address, or -1. */
export const mmap: (
  at: Pointer,
  length: number,
  protection: number,
  flags: number,
  fd: number,
  offset: number,
) => number = c.func('intptr_t mmap(void *addr, size_t length, int prot, int flags, int fd, long offset)')
/** munmap(2) */
export const munmap: (at: Pointer, length: number) => number = c.func('int munmap(void *addr, size_t length)')

// errno(3) is a cell of this thread; both glibc and musl tell where. Reading it directly costs 3 ns, asking koffi 20.
const errnoLocation: () => bigint = c.func('void *__errno_location()')
const errnoCell = new Int32Array(koffi.view(errnoLocation(), 4))

/** Why the last call failed: errno(3). */
export function errno(): number {
  return errnoCell[0] ?? 0
}

/** The address of `memory`, which must have been made by `new ArrayBuffer`: smaller typed arrays may be moved by V8. */
export function addressOf(memory: ArrayBuffer): Pointer {
  return toPointer(koffi.address(new Uint8Array(memory)))
}

/** Mapped memory as an ArrayBuffer. It must stay mapped for as long as the buffer is used. */
export function viewOf(at: Pointer, length: number): ArrayBuffer {
  return koffi.view(at, length)
}
