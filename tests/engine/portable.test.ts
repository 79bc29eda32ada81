import { conformance } from './conformance.js'

conformance('portable', {
  'so is the end of the side that ends last':
    'libuv takes a read that stopped before urgent data for the last one, once both sides have ended',
})
