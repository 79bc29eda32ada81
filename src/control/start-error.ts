/** A daemon that cannot start, for a reason that the user can mend. The message is all that is printed. */
export class StartError extends Error {}

/** What to do about an errno name when binding `what`. */
export function bindAdvice(what: string, code: string): string {
  switch (code) {
    case 'EADDRINUSE':
      return `cannot bind ${what}: the address is in use; stop the program that holds it (ss -lntup shows it), or listen elsewhere`
    case 'EACCES':
    case 'EPERM':
      return `cannot bind ${what}: permission denied; ports below 1024 need CAP_NET_BIND_SERVICE, unix sockets a writable folder`
    case 'EADDRNOTAVAIL':
      return `cannot bind ${what}: this machine has no such address; see ip address`
    case 'EMFILE':
    case 'ENFILE':
      return `cannot bind ${what}: no file descriptors left; raise the limit (ulimit -n, LimitNOFILE= under systemd)`
    default:
      return `cannot bind ${what}: ${code}`
  }
}
