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
            "trailers" => Dictionary([]),
            "raw" => Value.Of(new StarlarkBytes(response.Body.ToArray())),
            _ => default,
        };
        return !value.IsUnset;
    }

    /// <summary>The body decoded as JSON, or the body itself; decoded at first use.</summary>
    private Value Data()
    {
        lock (_decoding)
        {
            if (_data.IsUnset)
            {
                try
                {
                    _data = JsonDecoder.Decode(response.Body.Span);
                }
                catch (DecodeException)
                {
                    // A body that is no JSON is text.
                    _data = Body;
                }
            }

            return _data;
        }
    }

    private static Value Dictionary(IReadOnlyList<KeyValuePair<string, string>> entries)
    {
        var dict = new StarlarkDict();
        foreach (var (name, value) in entries)
        {
            dict.Set(Value.Of(name), Value.Of(value));
        }

        return Value.Of(dict);
    }

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
