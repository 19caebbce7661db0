using System.Globalization;
using System.Text;
using Faultbox.Core.Topology;

namespace Faultbox.Protocols.Tcp.Client;

/// <summary>What a <c>send</c> step sends, and where its reply ends, as its keywords say.</summary>
internal sealed record TcpMessage
{
    private const int LargestReply = 8 * 1024 * 1024;
    private static readonly TimeSpan DefaultTimeout = TimeSpan.FromSeconds(10);

    /// <summary>Bytes to send; may be none.</summary>
    public required ReadOnlyMemory<byte> Payload { get; init; }

    /// <summary>Where the reply ends.</summary>
    public required ReplyEnd End { get; init; }

    /// <summary>Longest exchange after the connection is there.</summary>
    public required TimeSpan Timeout { get; init; }

    /// <summary>True for a whole response; false for the reply as a string.</summary>
    public required bool IsRaw { get; init; }

    /// <summary>Reads the keywords.</summary>
    /// <exception cref="StepArgumentException">A keyword is missing, cannot be used, or excludes another one.</exception>
    public static TcpMessage Of(StepRequest request)
    {
        var isRaw = request.Flag("raw", otherwise: false);
        return new TcpMessage
        {
            Payload = PayloadOf(request, isRaw),
            End = EndOf(request),
            Timeout = request.Duration("timeout", DefaultTimeout),
            IsRaw = isRaw,
        };
    }

    private static byte[] PayloadOf(StepRequest request, bool isRaw) => (request["data"], request["hex"]) switch
    {
        (null, null) => throw new StepArgumentException("missing required argument data=, or hex= for bytes that are no text"),
        (not null, not null) => throw new StepArgumentException("data and hex exclude each other"),
        (null, string hex) => HexBytes.TryParse(hex, out var decoded)
            ? decoded
            : throw new StepArgumentException($"hex must be pairs of hexadecimal digits such as \"0d0a\", got \"{hex}\""),
        (null, var other) => throw StepValues.Wrong("hex", "a string", other),
        (var data, null) => isRaw ? Bytes("data", data) : Line(Bytes("data", data)),
    };

    private static ReplyEnd EndOf(StepRequest request) => (request["until"], request["size"]) switch
    {
        (null, null) => ReplyEnd.Line,
        (not null, not null) => throw new StepArgumentException("until and size exclude each other"),
        (null, long and > 0 and <= LargestReply and var size) => ReplyEnd.After((int)size),
        (null, long size) => throw new StepArgumentException($"size must be from 1 to {LargestReply} bytes, got {size}"),
        (null, var other) => throw StepValues.Wrong("size", "an int", other),
        (var until, null) => Bytes("until", until) is { Length: > 0 } delimiter
            ? ReplyEnd.At(delimiter, LargestReply)
            : throw new StepArgumentException("until must not be empty"),
    };

    private static byte[] Bytes(string name, object value) => value switch
    {
        byte[] bytes => bytes,
        string text => Encoding.UTF8.GetBytes(text),
        IConvertible plain => Encoding.UTF8.GetBytes(plain.ToString(CultureInfo.InvariantCulture)),
        IFormattable number => Encoding.UTF8.GetBytes(number.ToString(format: null, CultureInfo.InvariantCulture)),
        var other => throw StepValues.Wrong(name, "a string or bytes", other),
    };

    private static byte[] Line(byte[] bytes) => bytes is [.., (byte)'\n'] ? bytes : [.. bytes, (byte)'\n'];
}
