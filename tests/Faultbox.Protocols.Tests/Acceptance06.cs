using Faultbox.Protocols.Tests.Grpc;
using Faultbox.Protocols.Tests.Hostile;
using Faultbox.Protocols.Tests.Http;
using Faultbox.Protocols.Tests.Http2;
using Faultbox.Protocols.Tests.Relay;
using Faultbox.Protocols.Tests.Tcp;
using Faultbox.Protocols.Tests.Tls;
using Faultbox.Protocols.Tests.Udp;
using Faultbox.Protocols.Tests.Wire;

namespace Faultbox.Protocols.Tests;

/// <summary>
/// Where the acceptance checks of the proxy are shown, whole or in the part that is named.
/// <list type="table">
/// <item><term>7</term><description>http: <see cref="HttpRelayRuleTests.A_dropped_request_has_no_answer"/>; http2: <see cref="Http2RelayTests.A_dropped_stream_is_reset_and_the_connection_serves_the_next_one"/></description></item>
/// <item><term>9</term><description><see cref="GrpcRelayTests.Every_call_shape_is_the_same_as_without_a_proxy"/></description></item>
/// <item><term>10</term><description><see cref="HttpRelayExactnessTests.Pipelined_conversation_passes_byte_for_byte_under_any_segmentation"/>, tunnels: <see cref="HttpRelayExactnessTests.An_upgraded_connection_is_a_tunnel_in_both_directions"/></description></item>
/// <item><term>13</term><description>the half-close: <see cref="StreamProxyTests.The_end_of_one_direction_leaves_the_other_open"/></description></item>
/// <item><term>14</term><description>the reset: <see cref="StreamProxyTests.A_reset_upstream_is_a_reset_client"/></description></item>
/// <item><term>15</term><description><see cref="TcpRuleTests.A_prefix_is_literal_text_and_decides_for_old_and_new_connections"/></description></item>
/// <item><term>16</term><description><see cref="TcpRuleTests.Drop_ends_idle_connections_at_once"/></description></item>
/// <item><term>17</term><description><see cref="UdpProxyTests.The_same_seed_loses_the_same_datagrams"/>, <see cref="UdpProxyTests.A_delayed_datagram_holds_up_no_other_one"/>, <see cref="UdpProxyTests.A_service_that_is_not_up_yet_is_reached_once_it_is"/></description></item>
/// <item><term>26</term><description><see cref="TlsProxyTests.Strict_clients_are_served_and_rules_see_plain_text"/>, <see cref="TlsProxyTests.A_client_certificate_is_shown_to_the_service"/>, <see cref="TlsProxyTests.A_wrong_authority_is_refused_and_named"/></description></item>
/// <item><term>30</term><description><see cref="StreamProxyTests.A_thousand_open_streams_end_at_once_with_their_sockets"/></description></item>
/// <item><term>32</term><description><see cref="WireFaultTests"/>: exact counts and lower bounds of time</description></item>
/// <item><term>34</term><description>frames against the rules: <see cref="HostileHttp2Tests"/>; leaks: <see cref="SoakTests"/></description></item>
/// </list>
/// </summary>
internal static class Acceptance06;
