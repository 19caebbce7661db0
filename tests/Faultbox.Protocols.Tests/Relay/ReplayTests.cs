using System.Diagnostics;
using System.Text;
using Faultbox.Core.Matching;
using Faultbox.Core.Proxying;
using Faultbox.Protocols.Http2.Codec;
using Faultbox.Protocols.Tests.Http2;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace Faultbox.Protocols.Tests.Relay;

/// <summary>
/// Conversations of real peers, recorded without a proxy, are the same to the byte when they are said again through one, however the bytes of
/// both sides are cut: without a rule, and with rules that match nothing.
/// </summary>
public sealed class ReplayTests
{
    private const int Seeds = 25;

    private static readonly ProxyFault s_path = new() { Action = ProxyAction.Drop, Matcher = new MessageMatcher { Path = new MessageGlob("/other/*") } };
    private static readonly ProxyFault s_body = new() { Action = ProxyAction.Error, Matcher = new MessageMatcher { Body = "nowhere"u8.ToArray() } };

    public static TheoryData<string, bool> Plain { get; } = new()
    {
        { "--http1.0 /length", false },
        { "--http1.0 /length", true },
        { "--http1.0 /until-the-end", false },
        { "--http1.0 /until-the-end", true },
        { "--http1.0 --data-binary body /take", false },
        { "--http1.0 --data-binary body /take", true },
        { "--http1.0 --head /length", false },
        { "--http1.0 --head /length", true },
    };

    public static TheoryData<string, bool> Expecting { get; } = new()
    {
        { "--header Expect:100-continue --data-binary body /take", false },
        { "--header Expect:100-continue --data-binary body /take", true },
        { "--header Expect:100-continue --header Transfer-Encoding:chunked --data-binary body /take", false },
        { "--header Expect:100-continue --header Transfer-Encoding:chunked --data-binary body /take", true },
        { "--header Expect:100-continue --data-binary body /refuse", false },
        { "--header Expect:100-continue --data-binary body /refuse", true },
    };

    public static TheoryData<string, bool> Framed { get; } = new()
    {
        { "nghttp -n /", false },
        { "nghttp -n /", true },
        { "nghttp -n -m 20 /large", false },
        { "nghttp -n -m 20 /large", true },
        { "nghttp -n --data=LARGE -H:method:POST --trailer=x-sum:1 /", false },
        { "nghttp -n --data=LARGE -H:method:POST --trailer=x-sum:1 /", true },
        { "nghttp -n -w 10 -W 12 --header-table-size=64 -H x-field:value /large / /none", false },
        { "nghttp -n -w 10 -W 12 --header-table-size=64 -H x-field:value /large / /none", true },
        { "curl -s --http2-prior-knowledge -T LARGE /", false },
        { "curl -s --http2-prior-knowledge -T LARGE /", true },
        { "h2load -n 40 -c 1 -m 10 /", false },
        { "h2load -n 40 -c 1 -m 10 /", true },
    };

    [Theory]
    [MemberData(nameof(Plain))]
    public async Task Item_10_a_conversation_without_keep_alive(string arguments, bool withRules) =>
        await AssertReplayedAsync("http", await RecordCurlAsync(arguments), withRules ? [s_path, s_body] : []);

    [Theory]
    [MemberData(nameof(Expecting))]
    public async Task Item_10_a_body_that_waits_for_100_Continue(string arguments, bool withRules)
    {
        var conversation = await RecordCurlAsync(arguments);
        var answer = Encoding.Latin1.GetString(conversation.Said(isClient: false));
        Assert.StartsWith(arguments.EndsWith("/refuse", StringComparison.Ordinal) ? "HTTP/1.1 413 " : "HTTP/1.1 100 ", answer, StringComparison.Ordinal);

        // A client is told by the proxy to send a body that a rule asks for: one that the service would refuse, too.
        await AssertReplayedAsync("http", conversation, !withRules ? [] : answer.StartsWith("HTTP/1.1 413 ", StringComparison.Ordinal) ? [s_path] : [s_path, s_body]);
    }

    [Theory]
    [MemberData(nameof(Framed))]
    [Trait("Category", "Slow")]
    public async Task Frames_of_HTTP_2(string command, bool withRules)
    {
        await using var server = await Nghttpd.StartAsync("--trailer=x-end: 1", "-p/=/small");
        server.Write("small", "pushed");
        server.Write("large", new string('x', 20_000));
        var words = command.Replace("LARGE", server.File("large"), StringComparison.Ordinal).Split(' ');
        var conversation = await RecordedConversation.RecordAsync(server.Port, port => RunAsync(words, port), WholeFrames);

        // A rule on bodies keeps requests until it has read them, and heads after that are written anew.
        await AssertReplayedAsync("http2", conversation, withRules ? [s_path] : []);
    }

    private static async Task AssertReplayedAsync(string protocol, RecordedConversation conversation, params ProxyFault[] rules)
    {
        for (var seed = 0; seed < Seeds; seed++)
        {
            using var proxy = new ProxiedPort(protocol);
            proxy.Open(rules);

            var (client, server) = await conversation.ReplayAsync(port => proxy.To(port).Proxy.PortOf(string.Empty), seed);

            Assert.Equal(Encoding.Latin1.GetString(conversation.Said(isClient: true)), Encoding.Latin1.GetString(server));
            Assert.Equal(Encoding.Latin1.GetString(conversation.Said(isClient: false)), Encoding.Latin1.GetString(client));
            Assert.Empty(proxy.Events("proxy", 0));
            Assert.Empty(proxy.Events("proxy_parse_error", 0));
        }
    }

    private static async Task<RecordedConversation> RecordCurlAsync(string arguments)
    {
        await using var server = await KestrelPeer.StartAsync(HttpProtocols.Http1, Serve);
        string[] words = ["curl", "-s", "--expect100-timeout", "60", .. arguments.Split(' ')];
        return await RecordedConversation.RecordAsync(server.Port, port => RunAsync(words, port), (said, _) => said.Length);
    }

    private static void Serve(WebApplication server)
    {
        server.MapFallback(async context =>
        {
            var text = $"answer to {context.Request.Path}\r\n\r\nHTTP/1.0 200 OK\r\n";
            if (context.Request.Path == "/refuse")
            {
                context.Response.StatusCode = StatusCodes.Status413PayloadTooLarge;
                return;
            }

            await context.Request.Body.CopyToAsync(Stream.Null);
            context.Response.ContentLength = context.Request.Path == "/until-the-end" ? null : text.Length;
            await context.Response.WriteAsync(text);
        });
    }

    /// <summary>Runs a client; words that begin with a slash are paths of the server.</summary>
    private static async Task RunAsync(string[] words, int port)
    {
        var arguments = words[1..].Select(w => w.StartsWith('/') && !File.Exists(w) ? $"http://127.0.0.1:{port}{w}" : w);
        using var process = Process.Start(new ProcessStartInfo(words[0], arguments) { RedirectStandardOutput = true })!;
        await process.StandardOutput.ReadToEndAsync().WaitAsync(TimeSpan.FromSeconds(60));
        await process.WaitForExitAsync();
        Assert.Equal(0, process.ExitCode);
    }

    /// <summary>The length of the whole frames in what was said, with the preface of the client.</summary>
    private static int WholeFrames(byte[] said, bool hasPreface)
    {
        const int Preface = 24;
        var at = hasPreface ? Preface : 0;
        while (said.Length >= at + FrameHeader.Size && FrameHeader.Read(said.AsSpan(at)).FrameLength is var length && said.Length >= at + length)
        {
            at += length;
        }

        return Math.Min(at, said.Length);
    }
}
