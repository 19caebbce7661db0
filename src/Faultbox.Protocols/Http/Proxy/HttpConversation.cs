using System.Diagnostics;
using System.Globalization;
using Faultbox.Core.Events;
using Faultbox.Core.Proxying;
using Faultbox.Protocols.Relay;

namespace Faultbox.Protocols.Http.Proxy;

/// <summary>What the two directions of one connection share: the answers that are due, and whether anything is still understood.</summary>
internal sealed class HttpConversation(ProxyConnection connection, WebCallReader? calls)
{
    private static readonly TimeSpan HoldStep = TimeSpan.FromMilliseconds(20);

    private readonly long _openedAt = Stopwatch.GetTimestamp();
    private int _blind;
    private bool _clientHasEnded;
    private bool _greeted;

    /// <summary>The connection.</summary>
    public ProxyConnection Connection => connection;

    /// <summary>Makes the calls that requests are on an interface of calls; null for plain requests.</summary>
    public WebCallReader? Calls => calls;

    /// <summary>Answers that are due.</summary>
    public ExchangeQueue Due { get; } = new();

    /// <summary>True when bytes are relayed without being understood: a tunnel, or something that is no HTTP/1.</summary>
    public bool IsBlind => Volatile.Read(ref _blind) != 0;

    /// <summary>True once the client has ended its direction: it may have left, and a service that ends then too owes nobody an answer.</summary>
    public bool ClientHasEnded
    {
        get => Volatile.Read(ref _clientHasEnded);
        set => Volatile.Write(ref _clientHasEnded, value);
    }

    /// <summary>Stops understanding the connection after a tunnel was agreed on.</summary>
    public void BecomeTunnel() => Volatile.Write(ref _blind, 1);

    /// <summary>Stops understanding the connection because of what was said on it; recorded once.</summary>
    public void GoBlind(string reason)
    {
        if (Interlocked.Exchange(ref _blind, 1) == 0)
        {
            connection.Emit("proxy_parse_error", new EventField("reason", reason));
        }
    }

    /// <summary>Records the first complete request.</summary>
    public void Greet()
    {
        if (!_greeted)
        {
            _greeted = true;
            var elapsed = (long)Stopwatch.GetElapsedTime(_openedAt).TotalMilliseconds;
            connection.Emit(
                "proxy_handshake_complete",
                new EventField("duration_ms", elapsed.ToString(CultureInfo.InvariantCulture)),
                new EventField("rounds", "1"));
        }
    }

    /// <summary>Records that a rule acts on a request.</summary>
    public void Record(ActiveProxyRule rule, RequestFacts request)
    {
        var culture = CultureInfo.InvariantCulture;
        var fault = rule.Fault;
        if (request.Call is { } call)
        {
            connection.Rules?.Emit(rule, connection.Consumer, connection.Id, [.. call.Describe(fault)]);
            return;
        }

        List<EventField> fields = [new("method", request.Method), new("path", request.Path)];
        switch (fault.Action)
        {
            case ProxyAction.Delay:
                fields.Add(new("delay_ms", ((long)fault.Delay.TotalMilliseconds).ToString(culture)));
                break;
            case ProxyAction.Respond or ProxyAction.Error:
                fields.Add(new("status", InjectedAnswer.StatusOf(fault).ToString(culture)));
                break;
            case ProxyAction.Http:
                fields.AddRange(HttpFaultFields.Of(fault.Http!));
                break;
            case ProxyAction.Drop:
                break;
            default:
                throw new InvalidOperationException($"http has no {fault.Action}");
        }

        connection.Rules?.Emit(rule, connection.Consumer, connection.Id, [.. fields]);
    }

    /// <summary>Waits for a rule; ends early, with an error, when the client is gone.</summary>
    public Task WaitAsync(TimeSpan delay, CancellationToken cancellation) => Pause.ForAsync(delay, connection.Client, cancellation);

    /// <summary>Does what a rule does in place of an answer of the service; null when the connection goes on.</summary>
    /// <param name="rule">The rule.</param>
    /// <param name="request">The request it acts on.</param>
    /// <param name="cancellation">Ends the wait.</param>
    public async Task<SideEnd?> ActAsync(ActiveProxyRule rule, RequestFacts request, CancellationToken cancellation)
    {
        if (rule.Fault.Action is not (ProxyAction.Drop or ProxyAction.Respond or ProxyAction.Error))
        {
            throw new InvalidOperationException($"{ProxyRuleText.Builtin(rule.Fault)}() does nothing in place of an answer");
        }

        var answer = request.Call is { } call ? call.Answer(rule.Fault, request)
            : rule.Fault.Action == ProxyAction.Drop ? null
            : InjectedAnswer.Encode(rule.Fault, request);
        if (answer is null)
        {
            Record(rule, request);
            if (rule.Fault.DropMode == DropMode.Blackhole)
            {
                await HoldAsync(rule, cancellation).ConfigureAwait(false);
            }

            return SideEnd.Dropped(rule.Fault.DropMode == DropMode.Reset);
        }

        await WaitAsync(rule.Fault.Delay, cancellation).ConfigureAwait(false);
        Record(rule, request);
        await connection.Client.SendAsync(answer, cancellation).ConfigureAwait(false);
        return request.Closes ? SideEnd.Answered : null;
    }

    /// <summary>Holds the connection until the window of a rule has ended.</summary>
    private async Task HoldAsync(ActiveProxyRule rule, CancellationToken cancellation)
    {
        while (connection.Rules is { } rules && rules.MessageRules.Contains(rule))
        {
            await WaitAsync(HoldStep, cancellation).ConfigureAwait(false);
        }
    }
}
