/** What the tests of the config room load configs with. */
import type { ConfigOptions } from '../../src/config/load.js'
import { POLICIES } from '../../src/core/policy/list.js'

export const SECRET = 'hunter2 & co'

export const options: ConfigOptions = {
  policies: POLICIES,
  env: {
    HOST: '10.0.0.9',
    NUMBER: '3',
    BIG: '250',
    FALSE: 'false',
    EMPTY: '',
    INJECTION: 'w1", weight = 5 }]\n[runtime]\nengine = "portable',
    SECRET,
  },
}
