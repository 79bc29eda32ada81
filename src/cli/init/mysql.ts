import { type Database, PASSWORD, reachable, sqlString } from './database.js'

export const mysql: Database = {
  name: 'mysql',
  title: 'MySQL or MariaDB',
  port: 3306,
  listen: { rw: 3306, ro: 3307 },
  longestUser: 32,
  frontend: [],
  backend: [
    {
      key: 'max_lag',
      value: '"10s"',
      why: 'a replica that is further behind takes no new reads until it is within half of it',
    },
  ],
  check: [
    {
      key: 'tls',
      value: '{ ca_file = "/etc/ssl/db-ca.pem" }',
      why: 'log in over TLS, with a verified certificate',
      isOptional: true,
    },
  ],
  account: ({ user }) => [
    {
      where: 'On the primary (a user that may log in and see replication)',
      lines: [`CREATE USER ${sqlString(user)}@'%' IDENTIFIED BY ${sqlString(PASSWORD)} WITH MAX_USER_CONNECTIONS 10;`],
    },
    { where: 'And in MySQL', lines: [`GRANT REPLICATION CLIENT ON *.* TO ${sqlString(user)}@'%';`] },
    {
      where: 'Or in MariaDB (10.5 and newer)',
      lines: [`GRANT REPLICA MONITOR ON *.* TO ${sqlString(user)}@'%';`],
    },
  ],
  connection: (to) => `mysql://USER@${reachable(to)}/DATABASE`,
}
