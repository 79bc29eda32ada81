/** A daemon that cannot start, for a reason that the user can mend. The message is all that is printed. */
export class StartError extends Error {}

/** What to do about an errno name when binding `what`, such as `tcp://127.0.0.1:5432 of frontend postgres`. */
export function bindAdvice(what: string, code: string): string {
  return `cannot bind ${what}: ${what.startsWith('unix:') ? unixWords(code) : inetWords(code)}`
}

function inetWords(code: string): string {
  switch (code) {
    case 'EADDRINUSE':
      return 'the address is in use; stop the program that holds it (ss -lntup shows it), or listen elsewhere'
    case 'EACCES':
    case 'EPERM':
      return 'permission denied; ports below 1024 need CAP_NET_BIND_SERVICE'
    case 'EADDRNOTAVAIL':
      return 'this machine has no such address; see ip address'
    default:
      return otherWords(code)
  }
}

function unixWords(code: string): string {
  switch (code) {
    case 'EADDRINUSE':
      return 'the path is in use; stop the program that listens there (ss -lxp shows it), remove what else has that name, or listen elsewhere'
    // libuv says EACCES where there is no such folder
    case 'EACCES':
    case 'EPERM':
    case 'ENOENT':
    case 'ENOTDIR':
      return 'its folder does not exist or may not be written; create it for the user that runs headgate, or listen elsewhere'
    default:
      return otherWords(code)
  }
}

function otherWords(code: string): string {
  if (code !== 'EMFILE' && code !== 'ENFILE') return code
  return 'no file descriptors left; raise the limit (ulimit -n, LimitNOFILE= under systemd)'
}
