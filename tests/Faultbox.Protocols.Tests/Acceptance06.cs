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
/// Where the acceptance checks of the proxy are shown, whole or in the part that is named; tests of other projects have the number in their names.
/// <list type="table">
/// <item><term>1</term><description><c>Cli.Tests/Proxies/RuleItemsTests</c></description></item>
/// <item><term>2</term><description><c>Cli.Tests/Proxies/RuleItemsTests</c></description></item>
/// <item><term>3</term><description><c>Cli.Tests/Proxies/RuleItemsTests</c>, <c>Core.Tests/Matching/MessageGlobTests</c></description></item>
/// <item><term>4</term><description><c>Cli.Tests/Proxies/RuleItemsTests</c></description></item>
/// <item><term>5</term><description><c>Cli.Tests/Proxies/RuleItemsTests</c></description></item>
/// <item><term>6</term><description><c>Cli.Tests/Proxies/RuleItemsTests</c></description></item>
/// <item><term>7</term><description><c>Cli.Tests/Proxies/RuleItemsTests</c>; <see cref="HttpRelayRuleTests.A_dropped_request_has_no_answer"/>, <see cref="Http2RelayTests.A_dropped_stream_is_reset_and_the_connection_serves_the_next_one"/></description></item>
/// <item><term>8</term><description><c>Cli.Tests/Proxies/GrpcItemsTests</c>; <see cref="GrpcRelayTests.An_error_is_a_status_and_the_service_is_not_called"/></description></item>
/// <item><term>9</term><description><see cref="GrpcRelayTests.Every_call_shape_is_the_same_as_without_a_proxy"/></description></item>
/// <item><term>10</term><description><see cref="HttpRelayExactnessTests.Pipelined_conversation_passes_byte_for_byte_under_any_segmentation"/>, HTTP/1.0, <c>Expect</c> and HTTP/2 of real peers: <see cref="ReplayTests"/>, tunnels: <see cref="HttpRelayExactnessTests.An_upgraded_connection_is_a_tunnel_in_both_directions"/></description></item>
/// <item><term>11</term><description><c>Cli.Tests/Proxies/StreamItemsTests</c>, as an order of cause and effect</description></item>
/// <item><term>12</term><description><c>Cli.Tests/Proxies/StreamItemsTests</c></description></item>
/// <item><term>13</term><description><c>Cli.Tests/Proxies/StreamItemsTests</c>; <see cref="StreamProxyTests.The_end_of_one_direction_leaves_the_other_open"/></description></item>
/// <item><term>14</term><description><c>Cli.Tests/Proxies/StreamItemsTests</c>; <see cref="StreamProxyTests.A_reset_upstream_is_a_reset_client"/>; what was sent before arrives: <see cref="EarlyAnswerTests"/></description></item>
/// <item><term>15</term><description><c>Cli.Tests/Proxies/StreamItemsTests</c>; <see cref="TcpRuleTests.A_prefix_is_literal_text_and_decides_for_old_and_new_connections"/></description></item>
/// <item><term>16</term><description><c>Spec.Tests/Faults/ConsumerTests</c>; <see cref="TcpRuleTests.Drop_ends_idle_connections_at_once"/></description></item>
/// <item><term>17</term><description><c>Cli.Tests/Protocols/DatagramSpecTests</c>; <see cref="UdpProxyTests.The_same_seed_loses_the_same_datagrams"/>, <see cref="UdpProxyTests.A_delayed_datagram_holds_up_no_other_one"/>, <see cref="UdpProxyTests.A_service_that_is_not_up_yet_is_reached_once_it_is"/></description></item>
/// <item><term>18</term><description><c>Cli.Tests/Proxies/RuleItemsTests</c></description></item>
/// <item><term>19</term><description><c>Cli.Tests/Proxies/AddressItemsTests</c></description></item>
/// <item><term>20</term><description><c>Cli.Tests/Proxies/AddressItemsTests</c></description></item>
/// <item><term>21</term><description><c>Spec.Tests/Faults/ConsumerTests</c></description></item>
/// <item><term>22</term><description><c>Containers.Tests/ProxyTests</c>; what only a scenario or a matrix brings is foreseen: <c>Spec.Tests/Facts</c></description></item>
/// <item><term>23</term><description><c>Spec.Tests/Faults/ConsumerTests</c>; the owner as source: <c>Spec.Tests/Faults/MessageRuleTests</c></description></item>
/// <item><term>24</term><description><c>Spec.Tests/Faults/InterfaceWindowTests</c></description></item>
/// <item><term>25</term><description>the event and its hint: <c>Spec.Tests/Faults/InterfaceWindowTests</c>; the row: <c>Cli.Tests/Acceptance/MatrixTests</c></description></item>
/// <item><term>26</term><description>http, http2, grpc and tcp: <see cref="TlsProxyTests.Strict_clients_are_served_and_rules_see_plain_text"/>, <see cref="TlsProxyTests.A_client_certificate_is_shown_to_the_service"/>, <see cref="TlsProxyTests.A_wrong_authority_is_refused_and_named"/>, <see cref="TlsProxyTests.A_file_that_cannot_be_used_is_named"/>, <c>Cli.Tests/Proxies/TlsItemsTests</c>; faults in handshakes: <see cref="TlsFaultTests"/></description></item>
/// <item><term>27</term><description>on the host: <c>Cli.Tests/Proxies/TlsItemsTests</c>; in a container: <c>Containers.Tests/ProxyTests</c></description></item>
/// <item><term>28</term><description><c>Spec.Tests/Topology/RemoteTests</c>, <c>Cli.Tests/Remotes/RemoteServiceTests</c></description></item>
/// <item><term>29</term><description>on the host: <c>Cli.Tests/Proxies/AddressItemsTests</c>; in a container: <c>Containers.Tests/ProxyTests</c></description></item>
/// <item><term>30</term><description><see cref="StreamProxyTests.A_thousand_open_streams_end_at_once_with_their_sockets"/></description></item>
/// <item><term>31</term><description><c>bench/README.md</c>; <see cref="ProxyCostTests"/>, <see cref="BulkCostTests.Bulk_is_moved_without_allocation"/></description></item>
/// <item><term>32</term><description><see cref="WireFaultTests"/>: exact counts and lower bounds of time; both bounds: <c>bench/README.md</c></description></item>
/// <item><term>33</term><description><see cref="HttpFaultTests"/>, <see cref="Http2FaultTests"/>, <see cref="GrpcFaultTests"/>, <see cref="ClientErrorTests"/></description></item>
/// <item><term>34</term><description>frame scripts: <see cref="Http2ConformanceTests"/>, <see cref="HostileHttp2Tests"/>; leaks of connections, tasks, sockets and memory: <see cref="SoakTests"/>, minutes in place of 24 h</description></item>
/// <item><term>35</term><description><c>Cli.Tests/Proxies/RuleItemsTests</c></description></item>
/// <item><term>36</term><description><c>Cli.Tests/Proxies/GrpcItemsTests</c>; <see cref="TypedCallTests.Item_36_the_health_of_a_server_by_a_call"/></description></item>
/// </list>
/// </summary>
internal static class Acceptance06;
