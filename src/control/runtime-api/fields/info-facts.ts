/** What HAProxy 2.6 says of the fields of `show info`: place, tags in three letters (fields/field), type, name, meaning. */
import { type FieldFacts, isFieldType } from './field.js'

const TABLE = `
0 POS str Name: Product name
1 POS str Version: Product version
2 POS str Release_date: Date of latest source code update
3 CGS u32 Nbthread: Number of started threads (global.nbthread)
4 CGS u32 Nbproc: Number of started worker processes (historical, always 1)
5 KGP u32 Process_num: Relative worker process number (1)
6 SGP u32 Pid: This worker process identifier for the system
7 MDP str Uptime: How long ago this worker process was started (days+hours+minutes+seconds)
8 MDP u32 Uptime_sec: How long ago this worker process was started (seconds)
9 CLP u32 Memmax_MB: Worker process's hard limit on memory usage in MB (-m on command line)
10 MGP u32 PoolAlloc_MB: Amount of memory allocated in pools (in MB)
11 MGP u32 PoolUsed_MB: Amount of pool memory currently used (in MB)
12 MCP u32 PoolFailed: Number of failed pool allocations since this worker was started
13 CLP u32 Ulimit-n: Hard limit on the number of per-process file descriptors
14 CLP u32 Maxsock: Hard limit on the number of per-process sockets
15 CLP u32 Maxconn: Hard limit on the number of per-process connections (configured or imposed by Ulimit-n)
16 CLP u32 Hard_maxconn: Hard limit on the number of per-process connections (imposed by Memmax_MB or Ulimit-n)
17 MGP u32 CurrConns: Current number of connections on this worker process
18 MCP u32 CumConns: Total number of connections on this worker process since started
19 MCP u32 CumReq: Total number of requests on this worker process since started
20 MMP u32 MaxSslConns: Hard limit on the number of per-process SSL endpoints (front+back), 0=unlimited
21 MGP u32 CurrSslConns: Current number of SSL endpoints on this worker process (front+back)
22 MCP u32 CumSslConns: Total number of SSL endpoints on this worker process since started (front+back)
23 CLP u32 Maxpipes: Hard limit on the number of pipes for splicing, 0=unlimited
24 MGP u32 PipesUsed: Current number of pipes in use in this worker process
25 MGP u32 PipesFree: Current number of allocated and available pipes in this worker process
26 MRP u32 ConnRate: Number of front connections created on this worker process over the last second
27 CLP u32 ConnRateLimit: Hard limit for ConnRate (global.maxconnrate)
28 MMP u32 MaxConnRate: Highest ConnRate reached on this worker process since started (in connections per second)
29 MRP u32 SessRate: Number of sessions created on this worker process over the last second
30 CLP u32 SessRateLimit: Hard limit for SessRate (global.maxsessrate)
31 MRP u32 MaxSessRate: Highest SessRate reached on this worker process since started (in sessions per second)
32 MRP u32 SslRate: Number of SSL connections created on this worker process over the last second
33 CLP u32 SslRateLimit: Hard limit for SslRate (global.maxsslrate)
34 MMP u32 MaxSslRate: Highest SslRate reached on this worker process since started (in connections per second)
35 MGP u32 SslFrontendKeyRate: Number of SSL keys created on frontends in this worker process over the last second
36 MMP u32 SslFrontendMaxKeyRate: Highest SslFrontendKeyRate reached on this worker process since started (in SSL keys per second)
37 MGP u32 SslFrontendSessionReuse_pct: Percent of frontend SSL connections which did not require a new key
38 MRP u32 SslBackendKeyRate: Number of SSL keys created on backends in this worker process over the last second
39 MMP u32 SslBackendMaxKeyRate: Highest SslBackendKeyRate reached on this worker process since started (in SSL keys per second)
40 MCP u32 SslCacheLookups: Total number of SSL session ID lookups in the SSL session cache on this worker since started
41 MCP u32 SslCacheMisses: Total number of SSL session ID lookups that didn't find a session in the SSL session cache on this worker since started
42 MRP u32 CompressBpsIn: Number of bytes submitted to the HTTP compressor in this worker process over the last second
43 MRP u32 CompressBpsOut: Number of bytes emitted by the HTTP compressor in this worker process over the last second
44 CLP u32 CompressBpsRateLim: Limit of CompressBpsOut beyond which HTTP compression is automatically disabled
47 MGP u32 Tasks: Total number of tasks in the current worker process (active + sleeping)
48 MGP u32 Run_queue: Total number of active tasks+tasklets in the current worker process
49 MaP u32 Idle_pct: Percentage of last second spent waiting in the current worker thread
50 COS str node: Node name (global.node)
51 COS str description: Node description (global.description)
52 MGP u32 Stopping: 1 if the worker process is currently stopping, otherwise zero
53 MGP u32 Jobs: Current number of active jobs on the current worker process (frontend connections, master connections, listeners)
54 MGP u32 Unstoppable Jobs: Current number of unstoppable jobs on the current worker process (master connections)
55 MGP u32 Listeners: Current number of active listeners on the current worker process
56 MGP u32 ActivePeers: Current number of verified active peers connections on the current worker process
57 MGP u32 ConnectedPeers: Current number of peers having passed the connection step on the current worker process
58 MGP u32 DroppedLogs: Total number of dropped logs for current worker process since started
59 MGP u32 BusyPolling: 1 if busy-polling is currently in use on the worker process, otherwise zero (config.busy-polling)
60 MGP u32 FailedResolutions: Total number of failed DNS resolutions in current worker process since started
61 MGP u64 TotalBytesOut: Total number of bytes emitted by current worker process since started
62 MGP u64 TotalSplicdedBytesOut: Total number of bytes emitted by current worker process through a kernel pipe since started
63 MRP u64 BytesOutRate: Number of bytes emitted by current worker process over the last second
64 MGP u32 DebugCommandsIssued: Number of debug commands issued on this process (anything > 0 is unsafe)
65 MCP u32 CumRecvLogs: Total number of log messages received by log-forwarding listeners on this worker process since started
66 POS str Build info: Build info
67 CLP u32 Memmax_bytes: Worker process's hard limit on memory usage in byes (-m on command line)
68 MGP u64 PoolAlloc_bytes: Amount of memory allocated in pools (in bytes)
69 MGP u64 PoolUsed_bytes: Amount of pool memory currently used (in bytes)
70 MDP u32 Start_time_sec: Start time in seconds
71 SGP str Tainted: Experimental features used
`

export interface InfoFacts extends FieldFacts {
  readonly place: number
}

/** By name. */
export const INFO_FACTS: ReadonlyMap<string, InfoFacts> = new Map(
  TABLE.trim()
    .split('\n')
    .map((line) => {
      const [, place, tags = '', type = '', name = '', meaning = ''] =
        /^(\d+) (\S+) (\S+) (.+?): (.*)$/.exec(line) ?? []
      if (!isFieldType(type)) throw new Error(`field ${name}: no type ${type}`)
      return [name, { place: Number(place), tags, type, meaning }]
    }),
)
