/** Client addresses as the words of a datagram's key, remembered: Node writes every datagram's sender as text. */
import { CLIENT_WORDS, writeClientWords } from '../../core/client-key.js'
import { fromNode } from './peer-address.js'

const REMEMBERED = 4096

export class ClientWords {
  private readonly known = new Map<string, Int32Array>()

  /** Writes the 4 words of the address and the one of the port at the front of `words`. */
  write(host: string, port: number, words: Int32Array): void {
    let known = this.known.get(host)
    if (!known) {
      known = parse(host)
      // all at once: cheaper than to know which was used last, and 4096 parses are soon made again
      if (this.known.size >= REMEMBERED) this.known.clear()
      this.known.set(host, known)
    }
    words.set(known)
    words[CLIENT_WORDS - 1] = port
  }
}

function parse(host: string): Int32Array {
  const words = new Int32Array(CLIENT_WORDS)
  const address = fromNode(host, 0)
  if (address) writeClientWords(address, words, 0)
  return words
}
