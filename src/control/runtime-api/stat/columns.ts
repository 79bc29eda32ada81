/** The columns of `show stat`, in HAProxy 2.6.12's order: tools find them by name, some by place. */

/** The 103 columns that every HAProxy of this line has. */
const STATIC_COLUMNS = [
  'pxname svname qcur qmax scur smax slim stot bin bout dreq dresp ereq econ eresp wretr wredis status weight act bck',
  'chkfail chkdown lastchg downtime qlimit pid iid sid throttle lbtot tracked type rate rate_lim rate_max check_status',
  'check_code check_duration hrsp_1xx hrsp_2xx hrsp_3xx hrsp_4xx hrsp_5xx hrsp_other hanafail req_rate req_rate_max',
  'req_tot cli_abrt srv_abrt comp_in comp_out comp_byp comp_rsp lastsess last_chk last_agt qtime ctime rtime ttime',
  'agent_status agent_code agent_duration check_desc agent_desc check_rise check_fall check_health agent_rise',
  'agent_fall agent_health addr cookie mode algo conn_rate conn_rate_max conn_tot intercepted dcon dses wrew connect',
  'reuse cache_lookups cache_hits srv_icur src_ilim qtime_max ctime_max rtime_max ttime_max eint idle_conn_cur',
  'safe_conn_cur used_conn_cur need_conn_est uweight agg_server_status agg_server_check_status agg_check_status',
].flatMap((line) => line.split(' '))

/** Columns of HAProxy's modules (TLS, HTTP), which have nothing to tell on layer 4. */
const SERVER_MODULE_COLUMNS = ['ssl_sess', 'ssl_reused_sess', 'ssl_failed_handshake']
const MODULE_COLUMNS = [
  ...SERVER_MODULE_COLUMNS,
  ...[
    'h2_headers_rcvd h2_data_rcvd h2_settings_rcvd h2_rst_stream_rcvd h2_goaway_rcvd h2_detected_conn_protocol_errors',
    'h2_detected_strm_protocol_errors h2_rst_stream_resp h2_goaway_resp h2_open_connections h2_backend_open_streams',
    'h2_total_connections h2_backend_total_streams h1_open_connections h1_open_streams h1_total_connections',
    'h1_total_streams h1_bytes_in h1_bytes_out h1_spliced_bytes_in h1_spliced_bytes_out',
  ].flatMap((line) => line.split(' ')),
]

/** A `-` stands between the static columns and those of the modules. */
export const COLUMNS: readonly string[] = [...STATIC_COLUMNS, '-', ...MODULE_COLUMNS]

/** Some of a row's values, by column. */
export type Values = Readonly<Record<string, string | number>>

export interface Row {
  /** A cell for each of COLUMNS, for those without a value of their own. */
  readonly blank: readonly string[]
  /** In parts, each an object literal: one that is spread together of 40 keys costs three times as much. */
  readonly parts: readonly Values[]
}

/** Zeros where HAProxy always has a number and headgate never will, so that tools which add numbers up find one. */
export const FRONTEND_BLANK = blankRow([
  'dresp rate_lim req_rate req_rate_max req_tot comp_in comp_out comp_byp comp_rsp dcon dses wrew eint',
  ...MODULE_COLUMNS,
])
export const BACKEND_BLANK = blankRow([
  'qcur qmax dreq dresp wretr comp_in comp_out comp_byp comp_rsp qtime rtime wrew reuse qtime_max ctime_max rtime_max',
  'ttime_max eint agg_server_status agg_server_check_status agg_check_status',
  ...MODULE_COLUMNS,
])
export const SERVER_BLANK = blankRow([
  'qcur qmax dresp wretr qtime rtime wrew reuse srv_icur qtime_max ctime_max rtime_max ttime_max eint idle_conn_cur',
  'safe_conn_cur used_conn_cur need_conn_est',
  ...SERVER_MODULE_COLUMNS,
])

function blankRow(zeros: readonly string[]): readonly string[] {
  const zero = new Set(zeros.flatMap((line) => line.split(' ')))
  return COLUMNS.map((column) => (column === '-' ? '-' : zero.has(column) ? '0' : ''))
}
