import { conformance } from './conformance.js'

conformance('portable')
