/** A socket that stands for the init system's: sd_notify(3). Node has no unix datagram sockets. */
import { AF_UNIX, SOCK_CLOEXEC, SOCK_DGRAM, SOCK_NONBLOCK } from '../../src/native/constants.js'
import { bind, close, recv, socket } from '../../src/native/libc.js'
import { Region } from '../../src/native/region.js'
import { encodeAddress } from '../../src/native/sockaddr.js'

export class NotifySocket {
  private readonly descriptor = socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0)
  private readonly room = new Region(4096)
  private readonly heard: string[] = []

  constructor(path: string) {
    const { region, length } = encodeAddress({ family: 'unix', path })
    if (bind(this.descriptor, region.address, length) < 0) throw new Error(`cannot bind ${path}`)
  }

  /** Everything that was said until now. */
  get messages(): readonly string[] {
    for (;;) {
      const got = recv(this.descriptor, this.room.address, 4096, 0)
      if (got < 0) return this.heard
      this.heard.push(new TextDecoder().decode(this.room.bytes.subarray(0, got)))
    }
  }

  close(): void {
    close(this.descriptor)
  }
}
