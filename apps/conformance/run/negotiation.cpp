#include "run/negotiation.hpp"

#include <algorithm>
#include <array>
#include <string_view>

#include "protocol/extension_list.hpp"

namespace conformance {
namespace {

using websock::protocol::extension_list_reader;
using websock::protocol::extension_parameter;

struct extension {
  std::string name;
  std::vector<extension_parameter> parameters;
};

struct extension_list {
  std::vector<extension> elements;
  bool is_malformed = false;
};

extension_list read_list(const websock::http::fields& fields) {
  extension_list read;
  extension_list_reader list{fields};
  while (const auto name = list.next_extension()) {
    extension& element = read.elements.emplace_back();
    element.name = *name;
    while (auto parameter = list.next_parameter()) element.parameters.push_back(std::move(*parameter));
  }
  read.is_malformed = list.malformed();
  return read;
}

// Parameters of one offer or one answer; nothing where section 7.1 does not know them so.
struct parameters {
  bool server_no_context_takeover = false;
  bool client_no_context_takeover = false;
  std::optional<std::uint8_t> server_max_window_bits;
  std::optional<std::uint8_t> client_max_window_bits;
};

std::optional<std::uint8_t> read_bits(const std::optional<std::string>& value) {
  constexpr std::array<std::string_view, 8> texts{"8", "9", "10", "11", "12", "13", "14", "15"};
  if (!value) return std::nullopt;
  const auto found = std::ranges::find(texts, *value);
  if (found == texts.end()) return std::nullopt;
  return static_cast<std::uint8_t>(8 + (found - texts.begin()));
}

bool set_flag(bool& flag, const std::optional<std::string>& value) {
  if (flag || value) return false;
  return flag = true;
}

bool set_bits(std::optional<std::uint8_t>& bits, const std::optional<std::string>& value) {
  if (bits) return false;
  bits = read_bits(value);
  return bits.has_value();
}

bool set_parameter(parameters& into, const extension_parameter& one, bool is_offer) {
  if (one.name == "server_no_context_takeover") return set_flag(into.server_no_context_takeover, one.value);
  if (one.name == "client_no_context_takeover") return set_flag(into.client_no_context_takeover, one.value);
  if (one.name == "server_max_window_bits") return set_bits(into.server_max_window_bits, one.value);
  if (one.name != "client_max_window_bits") return false;
  // Section 7.1.2.2: an offer's may have no value, which is as good as the largest.
  if (is_offer && !one.value) return set_bits(into.client_max_window_bits, "15");
  return set_bits(into.client_max_window_bits, one.value);
}

std::optional<parameters> read_parameters(const extension& from, bool is_offer) {
  parameters read;
  for (const extension_parameter& one : from.parameters) {
    if (!set_parameter(read, one, is_offer)) return std::nullopt;
  }
  return read;
}

std::vector<parameters> read_offers(const websock::http::fields& request) {
  std::vector<parameters> offers;
  for (const extension& element : read_list(request).elements) {
    if (element.name != "permessage-deflate") continue;
    if (const auto offer = read_parameters(element, true)) offers.push_back(*offer);
  }
  return offers;
}

bool may_answer(const parameters& offer, const parameters& answer) noexcept {
  // Section 7.1.1.1: such an offer is accepted "by including" the parameter in the response.
  if (offer.server_no_context_takeover && !answer.server_no_context_takeover) return false;
  // Section 7.1.2.1: "with the same or smaller value as the offer". To leave out 15 bits, which is what is meant
  // then anyway, is taken from a server, as the original does.
  if (offer.server_max_window_bits &&
      answer.server_max_window_bits.value_or(15) > *offer.server_max_window_bits) {
    return false;
  }
  // Section 7.1.2.2: without it in the offer, the response "MUST NOT include" it.
  return !answer.client_max_window_bits ||
         (offer.client_max_window_bits && *answer.client_max_window_bits <= *offer.client_max_window_bits);
}

// Section 7.1.2.2: what a client offers for its own window it keeps to, even if the answer does not repeat it.
agreed_deflate agree(const parameters& offer, const parameters& answer) noexcept {
  const auto client_bits =
      std::min(answer.client_max_window_bits.value_or(15), offer.client_max_window_bits.value_or(15));
  return {{answer.server_max_window_bits.value_or(15), !answer.server_no_context_takeover},
          {client_bits, !answer.client_no_context_takeover}};
}

// Section 7.1.1.2: to offer client_no_context_takeover is "a hint" that the client "is not going to use context
// takeover" whatever the answer says. The runner keeps its word; a client that does not is not to blame.
agreed_deflate agree_as_client(const parameters& offer, const parameters& answer) noexcept {
  agreed_deflate agreed = agree(offer, answer);
  agreed.from_client.takeover = agreed.from_client.takeover && !offer.client_no_context_takeover;
  return agreed;
}

parameters as_answer(const deflate_wish& wish, const parameters& offer) {
  parameters answer;
  answer.server_no_context_takeover = wish.server_no_context_takeover || offer.server_no_context_takeover;
  answer.client_no_context_takeover = wish.client_no_context_takeover;
  answer.server_max_window_bits = offer.server_max_window_bits;
  if (wish.server_max_window_bits != 0) {
    answer.server_max_window_bits =
        std::min(wish.server_max_window_bits, offer.server_max_window_bits.value_or(15));
  }
  if (wish.client_max_window_bits != 0) answer.client_max_window_bits = wish.client_max_window_bits;
  return answer;
}

std::string write_answer(const parameters& answer) {
  std::string text = "permessage-deflate";
  if (answer.server_no_context_takeover) text += "; server_no_context_takeover";
  if (answer.client_no_context_takeover) text += "; client_no_context_takeover";
  if (answer.server_max_window_bits)
    text += "; server_max_window_bits=" + std::to_string(*answer.server_max_window_bits);
  if (answer.client_max_window_bits)
    text += "; client_max_window_bits=" + std::to_string(*answer.client_max_window_bits);
  return text;
}

}  // namespace

deflate_answer judge_answer(const websock::http::fields& request, const websock::http::fields& response) {
  const extension_list list = read_list(response);
  if (list.is_malformed) return {"Sec-WebSocket-Extensions is malformed", {}};
  if (response.count("Sec-WebSocket-Extensions") > 1)
    return {"Sec-WebSocket-Extensions is there more than once", {}};
  if (list.elements.empty()) return {};
  if (list.elements.size() > 1) return {"more than one extension was chosen", {}};
  const extension& chosen = list.elements.front();
  if (chosen.name != "permessage-deflate") return {"\"" + chosen.name + "\" was not offered", {}};
  const auto answer = read_parameters(chosen, false);
  if (!answer) return {"a parameter of permessage-deflate is unknown, doubled or has a wrong value", {}};
  for (const parameters& offer : read_offers(request)) {
    if (may_answer(offer, *answer)) return {"", agree_as_client(offer, *answer)};
  }
  return {"no offer of permessage-deflate may be answered so", {}};
}

bool is_well_formed(const websock::http::fields& request) { return !read_list(request).is_malformed; }

std::optional<made_answer> make_answer(const websock::http::fields& request,
                                       const std::vector<deflate_wish>& wishes) {
  const std::vector<parameters> offers = read_offers(request);
  for (const deflate_wish& wish : wishes) {
    for (const parameters& offer : offers) {
      const parameters answer = as_answer(wish, offer);
      if (may_answer(offer, answer)) return made_answer{write_answer(answer), agree(offer, answer)};
    }
  }
  return std::nullopt;
}

}  // namespace conformance
