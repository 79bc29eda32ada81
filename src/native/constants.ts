/** Constants of the system calls in libc.ts, as the kernel's headers have them; the same on x86-64 and arm64. */

/** epoll_ctl(2) */
export const EPOLL_CTL_ADD = 1
export const EPOLL_CTL_DEL = 2
export const EPOLL_CTL_MOD = 3
export const EPOLLIN = 0x001
export const EPOLLPRI = 0x002
export const EPOLLOUT = 0x004
export const EPOLLERR = 0x008
export const EPOLLHUP = 0x010
export const EPOLLRDHUP = 0x2000
/** Bit 31, so that it is negative as an Int32. */
export const EPOLLET = 1 << 31
export const EPOLL_CLOEXEC = 0o2000000

/** socket(2) */
export const AF_UNIX = 1
export const AF_INET = 2
export const AF_INET6 = 10
export const SOCK_STREAM = 1
export const SOCK_DGRAM = 2
export const SOCK_NONBLOCK = 0o4000
export const SOCK_CLOEXEC = 0o2000000

/** socket(7) */
export const SOL_SOCKET = 1
export const SO_TYPE = 3
export const SO_ERROR = 4
export const SO_SNDBUF = 7
export const SO_RCVBUF = 8
export const SO_KEEPALIVE = 9
export const SO_LINGER = 13
export const SO_REUSEADDR = 2
export const SO_REUSEPORT = 15
export const SO_PEERCRED = 17
export const SO_RXQ_OVFL = 40
export const SO_MEMINFO = 55

/** What SO_MEMINFO tells, as 32-bit words: sock_diag(7), `INET_DIAG_SKMEMINFO`. */
export const SK_MEMINFO_DROPS = 8
export const SK_MEMINFO_WORDS = 9

/** tcp(7) */
export const IPPROTO_TCP = 6
export const TCP_NODELAY = 1
export const TCP_KEEPIDLE = 4
export const TCP_KEEPINTVL = 5
export const TCP_KEEPCNT = 6
export const TCP_DEFER_ACCEPT = 9
export const TCP_QUICKACK = 12
export const TCP_USER_TIMEOUT = 18

/** ip(7), ipv6(7) */
export const IPPROTO_IP = 0
export const IP_PKTINFO = 8
export const IP_BIND_ADDRESS_NO_PORT = 24
export const IPPROTO_IPV6 = 41
export const IPV6_V6ONLY = 26
export const IPV6_RECVPKTINFO = 49
export const IPV6_PKTINFO = 50

/** send(2), recv(2), unix(7) */
export const MSG_PEEK = 2
export const MSG_NOSIGNAL = 0x4000
export const MSG_MORE = 0x8000
export const MSG_CMSG_CLOEXEC = 0x40000000
export const SCM_RIGHTS = 1
/** Most descriptors in one message: unix(7). */
export const SCM_MAX_FD = 253

/** shutdown(2) */
export const SHUT_WR = 1

/** splice(2), pipe2(2), fcntl(2) */
export const SPLICE_F_MOVE = 1
export const SPLICE_F_NONBLOCK = 2
export const O_NONBLOCK = 0o4000
export const O_CLOEXEC = 0o2000000
export const F_SETFD = 2
export const FD_CLOEXEC = 1
export const F_GETFL = 3
export const F_SETFL = 4
export const F_SETPIPE_SZ = 1031
export const F_GETPIPE_SZ = 1032

/** tcp(7), unix(7): bytes that the peer has not acknowledged, or not read from a unix socket. */
export const SIOCOUTQ = 0x5411

/** memfd_create(2), mmap(2) */
export const MFD_CLOEXEC = 1
export const PROT_READ = 1
export const PROT_WRITE = 2
export const MAP_SHARED = 1
