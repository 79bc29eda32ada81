import { env } from 'node:process'
import { nearest } from '../../../core/nearest.js'
import type { Registry } from '../../registry/registry.js'
import type { Command } from '../command.js'
import { refuse, show } from '../reply.js'

const REDACTED = '<redacted>'

export const showEnv: Command = {
  words: ['show', 'env'],
  usage: 'show env [var]',
  summary: 'dump environment variables known to the process; values that may be secrets are left out',
  level: 'operator',
  most: 1,
  json: true,
  run([name], { registry }) {
    const passwords = passwordVariables(registry)
    const shown = Object.entries(env).map(([name, value = '']) => {
      const isHidden = passwords.has(name) || isSecret(name, value)
      return [name, isHidden ? REDACTED : value] as const
    })
    const wanted = shown.filter(([each]) => name === undefined || each === name)
    if (name !== undefined && wanted.length === 0)
      return refuse('Variable not found\n', nearest(name, Object.keys(env)))
    return show(wanted.map(([name, value]) => `${name}=${oneLine(value)}\n`).join(''), Object.fromEntries(wanted))
  },
}

/** Those that checks log in with, whatever they are called. */
function passwordVariables({ backends }: Registry): ReadonlySet<string> {
  const names = backends.flatMap(({ settings: { check } }) => {
    if (!check) return []
    const login = 'login' in check ? check.login : check
    const password = 'password' in login ? login.password : undefined
    return password && 'env' in password ? [password.env] : []
  })
  return new Set(names)
}

/** Parts of names whose values nobody should read over a socket. Rather one value too many left out than one too few. */
const SMELLS =
  /pass|pwd|secret|token|key|cred|auth|priv|cert|cookie|session|signature|dsn|salt|pin$|pgp|gpg|_url$|_uri$/i

/** A value may give itself away: a URL with a password in it, or the block of a PEM file. */
function isSecret(name: string, value: string): boolean {
  return SMELLS.test(name) || /:\/\/[^/@\s]*@/.test(value) || value.includes('-----BEGIN')
}

/** A line feed in a value would end the reply, or forge another variable. */
function oneLine(value: string): string {
  return value.replaceAll('\n', '\\n').replaceAll('\r', '\\r')
}
