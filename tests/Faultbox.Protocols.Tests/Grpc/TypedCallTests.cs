using Faultbox.Core.Proxying;
using Faultbox.Core.Topology;
using Faultbox.Protocols.Tests.Relay;
using Google.Protobuf;
using Google.Protobuf.Reflection;
using Fields = System.Collections.Generic.List<System.Collections.Generic.KeyValuePair<string, object?>>;

namespace Faultbox.Protocols.Tests.Grpc;

/// <summary>Calls with typed messages to a server of another implementation, which tells its types by reflection.</summary>
public sealed class TypedCallTests
{
    [Theory]
    [InlineData("v1")]
    [InlineData("v1alpha")]
    public async Task A_dict_is_encoded_by_the_types_that_the_server_tells(string version)
    {
        using var peer = await NodePeer.StartAsync("reflecting.js", version);

        var answer = Call(peer, ("body", new Fields { new("text", "hi"), new("blob", new byte[] { 1, 255 }), new("number", 7L) }),
            ("metadata", new Fields { new("x-ask", "q") }));

        Assert.Equal("", answer.Error);
        Assert.Equal("""{"text":"hi","blob":"Af8=","number":"7"}""", answer.Text);
        Assert.Equal("/acme.Ledger/Post", Data(answer, "method"));
        Assert.Equal(new byte[] { 0x0a, 2, (byte)'h', (byte)'i', 0x12, 2, 1, 255, 0x18, 7 }, Data(answer, "raw"));
        Assert.Contains(new("x-trailing", "t"), answer.Trailers);
        await peer.SaidAsync("""Post {"text":"hi","blob":"01ff","number":7} q""");
    }

    /// <summary>The files that Node.js tells of import nothing, whatever the sources did.</summary>
    [Fact]
    public async Task Types_of_other_packages_are_found_without_imports()
    {
        using var peer = await NodePeer.StartAsync("dated.js");

        var answer = Call(peer, ("method", "/dated.Calendar/Keep"), ("body", """{"at": "2026-01-02T03:04:05Z", "entry": {"text": "hi"}}"""));

        Assert.Equal("", answer.Error);
        Assert.Equal("""{"at":"2026-01-02T03:04:05Z","entry":{"text":"hi","blob":"","number":"0"}}""", answer.Text);
    }

    [Fact]
    public async Task Streams_have_any_number_of_messages_and_keep_those_before_a_failure()
    {
        using var peer = await NodePeer.StartAsync("reflecting.js", "v1");

        var sum = Call(peer, ("method", "/acme.Ledger/Upload"), ("messages", new List<object?> { """{"number": 4}""", new Fields { new("number", 5L) }, new byte[] { 0x18, 6 } }));
        var listed = Call(peer, ("method", "/acme.Ledger/List"), ("body", """{"number": 3}"""));
        var failed = Call(peer, ("method", "/acme.Ledger/List"), ("body", """{"number": 2, "text": "fail"}"""));

        Assert.Equal("15", Assert.IsType<Fields>(Data(sum, "message")).Single(f => f.Key == "number").Value);
        Assert.Equal(3, Assert.IsType<List<object?>>(Data(listed, "messages")).Count);
        Assert.Equal((false, 10, "rpc error: code = Aborted desc = halfway"), (failed.Success, failed.Status, failed.Error));
        Assert.Equal(2, Assert.IsType<List<object?>>(Data(failed, "messages")).Count);
    }

    [Fact]
    public async Task A_status_is_the_error()
    {
        using var peer = await NodePeer.StartAsync("reflecting.js", "v1");

        var answer = Call(peer, ("body", """{"text": "fail"}"""));

        Assert.Equal((false, 5, "rpc error: code = NotFound desc = no such entry"), (answer.Success, answer.Status, answer.Error));
        Assert.Contains(new("x-trailing", "t"), answer.Trailers);
    }

    [Fact]
    public async Task What_does_not_fit_is_refused_with_what_would()
    {
        using var peer = await NodePeer.StartAsync("reflecting.js", "v1");

        Assert.Equal("body: encode as acme.Entry: unknown field \"tekst\"; did you mean \"text\"?", Refusal(peer, ("body", """{"tekst": ""}""")));
        Assert.Equal("body: encode as acme.Entry: at number: must be int64, got \"x\"", Refusal(peer, ("body", """{"number": "x"}""")));
        Assert.Equal(
            "method \"Pots\" not found on service \"acme.Ledger\"; did you mean \"Post\"? (available: Post, List, Upload, Chat)",
            Refusal(peer, ("method", "/acme.Ledger/Pots")));
        Assert.StartsWith("service \"acme.Leger\" not found; did you mean \"acme.Ledger\"?", Refusal(peer, ("method", "/acme.Leger/Post")), StringComparison.Ordinal);
        Assert.Equal("body and raw exclude each other", Refusal(peer, ("body", "{}"), ("raw", new byte[] { 0 })));
        Assert.Equal(12, Call(peer, ("method", "/acme.Ledger/Pots"), ("raw", Array.Empty<byte>())).Status);
    }

    [Fact]
    public async Task Without_types_bytes_and_nothing_can_be_sent_and_anything_else_says_what_to_do()
    {
        using var peer = await NodePeer.StartAsync("reflecting.js", "none");

        Assert.Contains("Give the interface spec=\"x.pb\"", Refusal(peer, ("body", """{"text": "a"}""")), StringComparison.Ordinal);
        Assert.True(Call(peer, ("body", "{}")).Success);
        Assert.Equal(new byte[] { 0x0a, 1, (byte)'a' }, Call(peer, ("raw", new byte[] { 0x0a, 1, (byte)'a' })).Body.ToArray());
    }

    [Fact]
    public async Task Types_may_come_with_the_specification()
    {
        using var peer = await NodePeer.StartAsync("reflecting.js", "none");
        var entry = new DescriptorProto { Name = "Entry", Field = { new FieldDescriptorProto { Name = "label", Number = 1, Type = FieldDescriptorProto.Types.Type.String, Label = FieldDescriptorProto.Types.Label.Optional, JsonName = "label" } } };
        var file = new FileDescriptorProto
        {
            Name = "l.proto",
            Package = "acme",
            Syntax = "proto3",
            MessageType = { entry },
            Service = { new ServiceDescriptorProto { Name = "Ledger", Method = { new MethodDescriptorProto { Name = "Post", InputType = ".acme.Entry", OutputType = ".acme.Entry" } } } },
        };
        var service = new StepService("127.0.0.1", peer.Port) { Schema = new SchemaFile("l.pb", new FileDescriptorSet { File = { file } }.ToByteArray()) };

        var answer = ProtocolRegistry.Find("grpc")!.Step(
            new StepRequest("127.0.0.1", peer.Port, "call", [new("method", "/acme.Ledger/Post"), new("body", """{"label": "a"}""")]) { Service = service },
            TestContext.Current.CancellationToken);

        Assert.Equal("""{"label":"a"}""", answer.Text);
    }

    [Fact]
    public async Task Questions_about_types_go_past_the_proxy_and_its_rules()
    {
        using var peer = await NodePeer.StartAsync("reflecting.js", "v1");
        await using var relay = new RelayHarness("grpc", peer.Port);
        relay.Open(new ProxyFault { Action = ProxyAction.Error, Status = "DATA_LOSS" });

        var answer = ProtocolRegistry.Find("grpc")!.Step(
            new StepRequest("127.0.0.1", relay.Port, "call", [new("method", "/acme.Ledger/Post"), new("body", """{"text": "a"}""")])
            {
                Service = new StepService("127.0.0.1", peer.Port),
            },
            TestContext.Current.CancellationToken);

        Assert.Equal("rpc error: code = DataLoss desc = injected fault", answer.Error);
        Assert.Single(relay.Events("proxy"));
    }

    [Fact]
    public async Task Ready_is_a_server_that_serves_by_its_own_word()
    {
        using var peer = await NodePeer.StartAsync("reflecting.js", "none", "health");
        Assert.Equal("health is NOT_SERVING", Probe(peer.Port));

        peer.Say("serve");
        await peer.SaidAsync("serving");

        Assert.Null(Probe(peer.Port));
    }

    [Fact]
    public async Task Ready_is_a_server_without_health_and_not_a_port_where_none_listens()
    {
        using var peer = await NodePeer.StartAsync("reflecting.js", "none");

        Assert.Null(Probe(peer.Port));
        Assert.NotNull(Probe(FreePort.Next()));
    }

    [Fact]
    public async Task Metadata_that_cannot_be_sent_are_refused_and_not_left_out()
    {
        using var peer = await NodePeer.StartAsync("reflecting.js", "none");
        string With(string name, object? value) => Refusal(peer, ("raw", Array.Empty<byte>()), ("metadata", new List<KeyValuePair<string, object?>> { new(name, value) }));

        Assert.Equal("metadata: \"a b\" is no name of a field", With("a b", "1"));
        Assert.Equal("metadata: the value of \"x\" must consist of printable ASCII; bytes belong under a name that ends with -bin", With("x", "a\nb"));
        Assert.Equal("metadata: the value of \"x\" must consist of printable ASCII; bytes belong under a name that ends with -bin", With("x", "é"));
    }

    [Fact]
    public async Task Item_36_the_health_of_a_server_by_a_call()
    {
        using var peer = await NodePeer.StartAsync("reflecting.js", "none", "health");

        var answer = Call(peer, ("method", "/grpc.health.v1.Health/Check"), ("raw", Array.Empty<byte>()));

        Assert.Equal((true, 0), (answer.Success, answer.Status));
        Assert.Equal(new byte[] { 8, 2 }, answer.Raw!.Value.ToArray());
    }

    private static string? Probe(int port) => ProtocolRegistry.Find("grpc")!.Probe(
        new ProbeRequest("127.0.0.1", port, Path: null, TimeSpan.FromSeconds(5)), TestContext.Current.CancellationToken);

    private static string Refusal(NodePeer peer, params (string, object?)[] arguments) => Assert.Throws<StepArgumentException>(() => Call(peer, arguments)).Message;

    private static StepResponse Call(NodePeer peer, params (string Name, object? Value)[] arguments)
    {
        var all = arguments.Select(a => KeyValuePair.Create(a.Name, a.Value)).ToList();
        if (all.All(a => a.Key != "method"))
        {
            all.Add(new("method", "/acme.Ledger/Post"));
        }

        return ProtocolRegistry.Find("grpc")!.Step(new StepRequest("127.0.0.1", peer.Port, "call", all), TestContext.Current.CancellationToken);
    }

    private static object? Data(StepResponse answer, string name) => answer.Data!.Single(d => d.Key == name).Value;
}
