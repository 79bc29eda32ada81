/** Clients that send to a broadcast or multicast address of a [::] port are answered. */
import { spawnSync } from 'node:child_process'
import t from 'tap'
import { skipEngine } from '../../support/engines.js'

/** A network namespace goes with the process that it was made for. */
const inNamespace = (command: string) => ['-rn', 'sh', '-c', `set -e; ${INTERFACE}; ${command}`]
/** Its other end takes no part in IPv6: it would hear the group as well. */
const INTERFACE = [
  'ip link set lo up',
  'ip link add g0 type veth peer name g1',
  'ip address add 10.9.0.1/24 broadcast + dev g0',
  'echo 1 >/proc/sys/net/ipv6/conf/g1/disable_ipv6',
  'ip link set g0 up',
  'ip link set g1 up',
  'ip address add fd00::1/64 dev g0 nodad',
  'ip route add 255.255.255.255 dev g0',
].join('; ')

function noNamespace(): string | false {
  const { status } = spawnSync('unshare', inNamespace('true'), { stdio: 'ignore' })
  return status === 0 ? false : 'may make no network namespace here'
}

const skip = skipEngine('linux') || noNamespace()
const child = new URL('./group-clients.ts', import.meta.url).pathname
const run = `exec "${process.execPath}" --import tsx "${child}"`
if (skip) t.test('clients of groups', { skip }, async () => {})
else t.spawn('unshare', inNamespace(run), {}, 'clients of groups')
