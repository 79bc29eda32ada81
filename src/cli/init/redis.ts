import { type Database, PASSWORD, reachable } from './database.js'

export const redis: Database = {
  name: 'redis',
  title: 'Redis',
  port: 6379,
  listen: { rw: 6379, ro: 6380 },
  longestUser: 64,
  frontend: [],
  backend: [
    { key: 'max_lag', value: '"30s"', why: 'a replica whose link has been down for longer takes no new reads' },
  ],
  check: [
    {
      key: 'primary_after',
      value: '"20s"',
      why: 'with Sentinel: a former primary that comes back is not believed before it has run for so long',
      isOptional: true,
    },
    {
      key: 'tls',
      value: '{ ca_file = "/etc/ssl/db-ca.pem" }',
      why: 'log in over TLS, with a verified certificate',
      isOptional: true,
    },
  ],
  account: ({ user }) => [
    {
      where: 'On every server, for users are not replicated (a user that may ask for its role and read no key)',
      lines: [
        `ACL SETUSER ${user} reset on >${PASSWORD} +ping +info +role`,
        '# keep it: ACL SAVE where there is an aclfile, else',
        'CONFIG REWRITE',
      ],
    },
  ],
  connection: (to) => `redis://USER@${reachable(to)}`,
}
