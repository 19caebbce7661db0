using System.Diagnostics;
using System.Globalization;
using Faultbox.Protocols.Http.Codec;
using Faultbox.Protocols.Protobuf;

namespace Faultbox.Protocols.Grpc.Client;

/// <summary>The step <c>call</c>: its keywords, the types of its messages, and what a specification gets to see of the reply.</summary>
/// <param name="request">The step.</param>
internal sealed class GrpcStep(StepRequest request)
{
    /// <summary>What a full method looks like.</summary>
    public const string MethodShape = "/package.Service/Method";

    private const string EmptyObject = "{}";
    private static readonly TimeSpan DefaultTimeout = TimeSpan.FromSeconds(30);
    private static readonly string[] Contents = ["body", "raw", "messages"];

    private readonly StepService _service = request.Service ?? new StepService(request.Host, request.Port) { Tls = request.Tls };
    private readonly TimeSpan _timeout = request.Duration("timeout", DefaultTimeout);

    /// <summary>Performs the call.</summary>
    /// <exception cref="StepArgumentException">A keyword has a value that cannot be sent.</exception>
    public StepResponse Run(CancellationToken cancellation)
    {
        var started = Stopwatch.GetTimestamp();
        var method = Method();
        RequireOneContent();
        try
        {
            var schema = Schema(method, cancellation, out var failure);
            if (failure is not null)
            {
                return Response(method, failure, schema: null, started);
            }

            var call = new GrpcCall(
                GrpcCall.AuthorityOf(request.Host, request.Port),
                method,
                Messages(schema),
                [.. request.Dictionary("metadata").Select(m => Metadata(m.Key, Text(m.Value)))],
                _timeout,
                request.Tls);
            return Response(method, call.SendAsync(cancellation).GetAwaiter().GetResult(), schema, started);
        }
        catch (ProtobufException e)
        {
            throw new StepArgumentException(e.Message);
        }
    }

    private string Method() => request["method"] is string method && method.StartsWith('/') && method.IndexOf('/', 1) > 0
        ? method
        : throw new StepArgumentException($"method must have the shape \"{MethodShape}\", got {request["method"] ?? "None"}");

    private static KeyValuePair<string, string> Metadata(string name, string value) =>
        !HeadLines.IsToken(System.Text.Encoding.UTF8.GetBytes(name)) ? throw new StepArgumentException($"metadata: \"{name}\" is no name of a field")
        : value.AsSpan().ContainsAnyExceptInRange(' ', '~') ? throw new StepArgumentException(
            $"metadata: the value of \"{name}\" must consist of printable ASCII; bytes belong under a name that ends with -bin")
        : new(name.ToLowerInvariant(), value);

    private void RequireOneContent()
    {
        var given = Contents.Where(c => request[c] is not null).ToList();
        if (given.Count > 1)
        {
            throw new StepArgumentException($"{given[0]} and {given[1]} exclude each other");
        }
    }

    /// <summary>The types of the method; null when they are not known and not needed.</summary>
    private GrpcSchema? Schema(string method, CancellationToken cancellation, out GrpcReply? failure)
    {
        failure = null;
        if (!NeedsTypes)
        {
            // Bytes are sent to any method, one that does not exist included; types only serve to read the reply.
            return _service.KnownTypes is { } known && known.Has(method) ? new GrpcSchema(known, known.Method(method)) : null;
        }

        var types = _service.Types(_timeout, cancellation);
        failure = types.Failure;
        if (failure is { Code: GrpcStatus.Unavailable } && request.Service is not null)
        {
            // The proxy records why its service cannot be reached.
            types = new StepService(request.Host, request.Port) { Tls = request.Tls }.Types(_timeout, cancellation);
            failure = types.Failure is null ? null : failure;
        }

        if (types.Pool is { } pool)
        {
            return new GrpcSchema(pool, pool.Method(method));
        }

        return failure is not null || IsEmpty(request["body"]) && request["messages"] is null ? null : throw new StepArgumentException(
            $"the types of {method} are not known: {_service.Authority} has no server reflection. Give the interface spec=\"x.pb\", "
            + "made with: protoc --include_imports --descriptor_set_out=x.pb your.proto; or switch reflection on in the server; or send bytes with raw=");
    }

    private bool NeedsTypes => request["messages"] is { } many
        ? many is IReadOnlyList<object?> list && list.Any(m => m is not byte[])
        : request["raw"] is null && request["body"] is not byte[];

    private IReadOnlyList<ReadOnlyMemory<byte>> Messages(GrpcSchema? schema)
    {
        if (request["messages"] is { } many)
        {
            return many is IReadOnlyList<object?> list
                ? [.. list.Select((m, i) => Encode(schema, m, string.Create(CultureInfo.InvariantCulture, $"messages[{i}]")))]
                : throw StepValues.Wrong("messages", "a list", many);
        }

        return request["raw"] switch
        {
            null => [Encode(schema, request["body"], "body")],
            byte[] bytes => [bytes],
            string text => [System.Text.Encoding.UTF8.GetBytes(text)],
            var other => throw StepValues.Wrong("raw", "bytes", other),
        };
    }

    private static ReadOnlyMemory<byte> Encode(GrpcSchema? schema, object? value, string name)
    {
        switch (value)
        {
            case byte[] bytes:
                return bytes;
            case null or string or IReadOnlyList<KeyValuePair<string, object?>> when schema is null:
                return default;
            case null:
                return schema!.Encode(EmptyObject);
            case string or IReadOnlyList<KeyValuePair<string, object?>>:
                break;
            default:
                throw StepValues.Wrong(name, "JSON: a dict or a string, or bytes", value);
        }

        try
        {
            return schema!.Encode(value);
        }
        catch (ProtobufException e)
        {
            throw new StepArgumentException($"{name}: {e.Message}");
        }
    }

    private static bool IsEmpty(object? body) => body is null or "" or EmptyObject or IReadOnlyList<KeyValuePair<string, object?>> { Count: 0 };

    private static StepResponse Response(string method, GrpcReply reply, GrpcSchema? schema, long started)
    {
        List<object?> decoded = [];
        var problem = "";
        try
        {
            decoded = [.. reply.Messages.Select(m => schema is null ? m : schema.Decode(m))];
        }
        catch (ProtobufException e)
        {
            problem = $"the reply of {method} cannot be read: {e.Message}";
        }

        var raw = reply.Messages is [var first, ..] ? first : [];
        List<KeyValuePair<string, object?>> data = [new("method", method), new("raw", raw)];
        if (schema is not null)
        {
            data.Add(new("message", decoded is [var message, ..] ? message : null));
        }

        if (schema is not { StreamsReplies: false })
        {
            data.Add(new("messages", decoded));
        }

        return new StepResponse
        {
            Success = reply.Code == 0 && problem.Length == 0,
            Status = reply.Code,
            Body = schema is not null && decoded is [var shown, ..] ? GrpcSchema.Text(shown) : raw,
            Raw = raw,
            Data = data,
            Error = problem.Length > 0 ? problem : reply.Error,
            Duration = Stopwatch.GetElapsedTime(started),
            Headers = reply.Headers,
            Trailers = reply.Trailers,
            Fields = [new("method", method)],
        };
    }

    private static string Text(object? value) => value switch
    {
        string text => text,
        byte[] raw => Convert.ToBase64String(raw),
        _ => Convert.ToString(value, CultureInfo.InvariantCulture) ?? "",
    };
}
