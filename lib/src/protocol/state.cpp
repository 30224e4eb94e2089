#include "websock/protocol/state.hpp"

namespace websock::protocol {
namespace {

state after_open(transition what) noexcept {
  switch (what) {
    // 7.1.2: "To _Start the WebSocket Closing Handshake_ with a status code /code/ and an optional
    // close reason /reason/, an endpoint MUST send a Close control frame".
    case transition::local_close:
      return state::close_sent;
    // 5.5.1: "If an endpoint receives a Close frame and did not previously send a Close frame, the
    // endpoint MUST send a Close frame in response. [...] After both sending and receiving a Close
    // message, an endpoint considers the WebSocket connection closed".
    case transition::peer_close:
      return state::close_received;
    // 7.1.7: "If _The WebSocket Connection is Established_ prior to the point where the endpoint is
    // required to _Fail the WebSocket Connection_, the endpoint SHOULD send a Close frame with an
    // appropriate status code".
    case transition::violation:
      return state::failed;
    // 7.1.5: "If _The WebSocket Connection is Closed_ and no Close control frame was received by
    // the endpoint [...], _The WebSocket Connection Close Code_ is considered to be 1006."
    case transition::end_of_stream:
      return state::lost;
  }
  return state::open;
}

state after_close_sent(transition what) noexcept {
  switch (what) {
    // 5.5.1: "The application MUST NOT send any more data frames after sending a Close frame."
    case transition::local_close:
      return state::close_sent;
    // 5.5.1: "If a client and server both send a Close message at the same time, both endpoints will
    // have sent and received a Close message and should consider the WebSocket connection closed".
    // Whether the peer's frame crosses ours or answers it, nothing more is owed.
    case transition::peer_close:
      return state::closed;
    // 7.1.7: "An endpoint MUST NOT continue to attempt to process data (including a responding Close
    // frame) from the remote endpoint after being instructed to _Fail the WebSocket Connection_."
    // The Close frame that it would send is sent already.
    case transition::violation:
      return state::failed;
    // 7.1.5, as above: the peer's Close frame never came.
    case transition::end_of_stream:
      return state::lost;
  }
  return state::close_sent;
}

}  // namespace

state state_after(state now, transition what) noexcept {
  switch (now) {
    case state::open:
      return after_open(what);
    case state::close_sent:
      return after_close_sent(what);
    // 1.4: "after receiving a control frame indicating the connection should be closed, a peer
    // discards any further data received." 7.1.7 says it of a failure, and a lost stream has no more.
    case state::close_received:
    case state::closed:
    case state::failed:
    case state::lost:
      return now;
  }
  return now;
}

}  // namespace websock::protocol
