/** Where the stats socket is unless the config says otherwise: the daemon listens here, the command looks here. */
export const DEFAULT_SOCKET = '/run/headgate/headgate.sock'
