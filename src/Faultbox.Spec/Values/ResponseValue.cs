using System.Numerics;
using Faultbox.Protocols;
using Faultbox.Spec.Files;
using Starlark;

namespace Faultbox.Spec.Values;

/// <summary>How a step went. True when the exchange completed, whatever its status.</summary>
internal sealed class ResponseValue(StepResponse response) : SpecValue
{
    private static readonly string[] Names =
    [
        "status", "body", "data", "ok", "success", "error", "duration_ms", "client", "operation", "contract_ok", "contract_error", "headers",
        "fields", "trailers", "raw",
    ];

    private readonly Lock _decoding = new();
    private Value _data;

    /// <summary>What the protocol returned.</summary>
    public StepResponse Response => response;

    /// <inheritdoc/>
    public override string TypeName => "response";

    /// <inheritdoc/>
    public override bool Truth => response.Success;

    /// <inheritdoc/>
    public override IEnumerable<string> AttributeNames => Names;

    /// <inheritdoc/>
    protected override string Description =>
        response.Success ? $"response {response.Status}" : $"response failed: {response.Error}";

    /// <summary>The body as text, outer white space removed, bytes kept as received.</summary>
    public Value Body => Value.Of(StarlarkString.FromUtf8(Trim(response.Body.Span)));

    /// <inheritdoc/>
    public override bool TryGetAttribute(string name, out Value value)
    {
        value = name switch
        {
            "status" => Value.Of(response.Status),
            "body" => Body,
            "data" => Data(),
            "ok" or "success" => Value.Of(response.Success),
            "error" => Value.Of(response.Error),
            "duration_ms" => Value.Of((long)response.Duration.TotalMilliseconds),
            "client" or "operation" or "contract_error" => Value.Of(""),
            "contract_ok" => Value.False,
            "headers" => Dictionary(response.Headers),
            "fields" => Dictionary(response.Fields),
            "trailers" => Dictionary(response.Trailers),
            "raw" => Value.Of(new StarlarkBytes((response.Raw ?? response.Body).ToArray())),
            _ => default,
        };
        return !value.IsUnset;
    }

    /// <summary>What the protocol made of the answer, else the body decoded as JSON, or the body itself; made at first use.</summary>
    private Value Data()
    {
        lock (_decoding)
        {
            if (_data.IsUnset)
            {
                _data = response.Data is { } data ? Of(data) : Decoded();
            }

            return _data;
        }
    }

    private Value Decoded()
    {
        try
        {
            return JsonDecoder.Decode(response.Body.Span);
        }
        catch (DecodeException)
        {
            // A body that is no JSON is text.
            return Body;
        }
    }

    private static Value Of(object? value) => value switch
    {
        bool flag => flag ? Value.True : Value.False,
        long number => Value.Of(number),
        BigInteger number => Value.Of(number),
        double number => Value.Of(number),
        string text => Value.Of(text),
        byte[] bytes => Value.Of(StarlarkString.FromUtf8(bytes)),
        IReadOnlyList<KeyValuePair<string, object?>> pairs => Dictionary(pairs, Of),
        IReadOnlyList<object?> items => Value.Of(new StarlarkList(items.Select(Of))),
        _ => Value.None,
    };

    private static Value Dictionary<T>(IReadOnlyList<KeyValuePair<string, T>> entries, Func<T, Value> valueOf)
    {
        var dict = new StarlarkDict();
        foreach (var (name, value) in entries)
        {
            dict.Set(Value.Of(name), valueOf(value));
        }

        return Value.Of(dict);
    }

    private static Value Dictionary(IReadOnlyList<KeyValuePair<string, string>> entries) => Dictionary(entries, v => Value.Of(v));

    private static ReadOnlySpan<byte> Trim(ReadOnlySpan<byte> text)
    {
        var end = text.Length;
        while (end > 0 && Ascii.IsWhiteSpace(text[end - 1]))
        {
            end--;
        }

        var start = 0;
        while (start < end && Ascii.IsWhiteSpace(text[start]))
        {
            start++;
        }

        return text[start..end];
    }

    private static class Ascii
    {
        public static bool IsWhiteSpace(byte b) => b is (byte)' ' or (>= 9 and <= 13);
    }
}
