/** The law of imports: main → cli → control → {config, core, native}; dataplane → core; linux → native. */
const room = (name) => `^src/${name}/`
const only = (from, allowed) => ({
  name: `${from}-imports-only`,
  comment: `src/${from} may import only: ${[from, ...allowed].join(', ')}`,
  severity: 'error',
  from: { path: room(from) },
  to: { path: '^src/', pathNot: [from, ...allowed].map(room) },
})
const onlyIn = (module, path, comment) => ({
  name: `${module}-has-one-home`,
  comment,
  severity: 'error',
  from: { path: '^src/', pathNot: path },
  to: { path: `node_modules/${module}/` },
})

module.exports = {
  forbidden: [
    { name: 'no-cycles', severity: 'error', from: {}, to: { circular: true } },
    { name: 'no-orphans-to-nowhere', severity: 'error', from: { path: '^src/' }, to: { couldNotResolve: true } },
    {
      name: 'nothing-imports-main',
      severity: 'error',
      from: { path: '^src/' },
      to: { path: '^src/main\\.ts$' },
    },
    {
      name: 'main-imports-cli-only',
      severity: 'error',
      from: { path: '^src/main\\.ts$' },
      to: { path: '^src/', pathNot: ['^src/cli/'] },
    },
    only('cli', ['control', 'config', 'core']),
    only('control', ['config', 'core', 'native']),
    only('config', ['core']),
    only('native', []),
    only('core', []),
    only('dataplane', ['core', 'native']),
    {
      name: 'native-only-under-linux',
      comment: 'in the data plane only the linux engine, and the one function that chooses an engine, reach native',
      severity: 'error',
      from: { path: '^src/dataplane/', pathNot: '^src/dataplane/linux/' },
      to: { path: room('native') },
    },
    {
      name: 'engines-are-strangers',
      severity: 'error',
      from: { path: '^src/dataplane/linux/' },
      to: { path: '^src/dataplane/portable/' },
    },
    {
      name: 'engines-are-strangers-2',
      severity: 'error',
      from: { path: '^src/dataplane/portable/' },
      to: { path: '^src/dataplane/linux/' },
    },
    {
      name: 'core-is-pure',
      comment: 'no node: module, no package: time and randomness come in as arguments',
      severity: 'error',
      from: { path: room('core') },
      to: { dependencyTypes: ['core', 'npm', 'npm-dev', 'npm-optional'] },
    },
    onlyIn('commander', room('cli'), 'commander only in cli'),
    onlyIn('pino', '^src/control/log/', 'pino only in the log module'),
    onlyIn('prom-client', '^src/control/metrics/', 'prom-client only in metrics'),
    onlyIn('koffi', '^src/native/', 'only native touches foreign memory'),
    onlyIn('zod', room('config'), 'the schema library only in config'),
    onlyIn('toml', room('config'), 'TOML only in config'),
    onlyIn('toml-eslint-parser', room('config'), 'TOML only in config'),
  ],
  options: {
    tsConfig: { fileName: 'tsconfig.json' },
    tsPreCompilationDeps: true,
    doNotFollow: { path: 'node_modules' },
    enhancedResolveOptions: { exportsFields: ['exports'], conditionNames: ['import', 'require', 'node', 'default'] },
  },
}
