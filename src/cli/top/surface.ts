import type { Paint } from '../format/colour.js'
import type { Bars } from './sparkline.js'

/** What there is to draw on. */
export interface Screen {
  readonly columns: number
  readonly rows: number
  readonly paint: Paint
  readonly bars: Bars
}
