import { type Database, PASSWORD, reachable, sqlString } from './database.js'

export const postgres: Database = {
  name: 'postgres',
  title: 'PostgreSQL',
  port: 5432,
  listen: { rw: 5432, ro: 5433 },
  longestUser: 63,
  frontend: [{ key: 'protocol', value: '"postgres"', why: 'a query that is cancelled is cancelled on its own server' }],
  backend: [
    {
      key: 'max_lag',
      value: '"10s"',
      why: 'a replica that is further behind takes no new reads until it is within half of it',
    },
    {
      key: 'on_split_brain',
      value: '"newest-timeline"',
      why: 'of two primaries the one that was promoted last; as it is, neither takes writes',
      isOptional: true,
    },
  ],
  check: [
    {
      key: 'sslmode',
      value: '"verify-full"',
      why: 'as libpq has it; the default is "prefer": TLS where the server has it, unverified',
      isOptional: true,
    },
    {
      key: 'sslrootcert',
      value: '"/etc/ssl/db-ca.pem"',
      why: 'who may sign the certificates of the servers',
      isOptional: true,
    },
  ],
  account: ({ user }) => [
    {
      where: 'On the primary, as a superuser (a role that may log in and see replication)',
      lines: [
        `CREATE ROLE ${identifier(user)} LOGIN PASSWORD ${sqlString(PASSWORD)} CONNECTION LIMIT 10;`,
        `GRANT pg_monitor TO ${identifier(user)};`,
        '-- PostgreSQL 16 and newer: probes find a free connection when the server is full',
        `-- GRANT pg_use_reserved_connections TO ${identifier(user)};`,
      ],
    },
    {
      where: 'In pg_hba.conf of every server, with the address of headgate, then reload it',
      lines: [`host  postgres  ${identifier(user)}  ADDRESS-OF-HEADGATE/32  scram-sha-256`],
    },
  ],
  connection: (to, use) =>
    `postgresql://USER@${reachable(to)}/DATABASE${use === 'write' ? '?target_session_attrs=read-write' : ''}`,
}

/** Plain names need no quotes, and psql's users write none. */
function identifier(name: string): string {
  return /^[a-z_][a-z0-9_]*$/.test(name) ? name : `"${name.replaceAll('"', '""')}"`
}
