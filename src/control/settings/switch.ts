export const SWITCH = ['on', 'off'] as const

export function switchOf(is: boolean): (typeof SWITCH)[number] {
  return is ? 'on' : 'off'
}
