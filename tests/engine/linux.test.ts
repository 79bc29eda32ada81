import { conformance } from './conformance.js'

conformance('linux')
