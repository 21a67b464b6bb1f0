;; Traps when a header field `x-postern-trap` asks for it: in a request, or in an answer to a call of the plugin. `wasm-merge` puts these two
;; callbacks in front of those of the plugin.
(module
  (import "env" "proxy_get_header_map_value" (func $value (param i32 i32 i32 i32 i32) (result i32)))
  (import "plugin" "memory" (memory 0))
  (import "plugin" "on_request_headers" (func $request_headers (param i32 i32 i32) (result i32)))
  (import "plugin" "on_http_call_response" (func $http_call_response (param i32 i32 i32 i32 i32)))

  ;; The lowest addresses are the far end of the plugin's stack, which no call reaches.
  (func $trap_if_told (param $map i32)
    (i64.store (i32.const 16) (i64.const 0x65_74_73_6f_70_2d_78)) ;; "x-poste"
    (i64.store (i32.const 23) (i64.const 0x70_61_72_74_2d_6e_72)) ;; "rn-trap"
    (if (i32.eqz (call $value (local.get $map) (i32.const 16) (i32.const 14) (i32.const 32) (i32.const 36)))
      (then (unreachable))))

  (func (export "proxy_on_request_headers") (param i32 i32 i32) (result i32)
    (call $trap_if_told (i32.const 0)) ;; HttpRequestHeaders
    (call $request_headers (local.get 0) (local.get 1) (local.get 2)))

  (func (export "proxy_on_http_call_response") (param i32 i32 i32 i32 i32)
    (call $trap_if_told (i32.const 6)) ;; HttpCallResponseHeaders
    (call $http_call_response (local.get 0) (local.get 1) (local.get 2) (local.get 3) (local.get 4)))
)
