using Faultbox.Protocols.Protobuf;
using Google.Protobuf.Reflection;

namespace Faultbox.Protocols.Grpc.Client;

/// <summary>What a server says about its types.</summary>
/// <param name="Pool">The types; null when the server tells none.</param>
/// <param name="Failure">How the question failed when the server could not be asked; null when it answered, be it only that it tells nothing.</param>
internal sealed record ReflectedTypes(DescriptorPool? Pool, GrpcReply? Failure);

/// <summary>Asks a server for the types of all its services, with everything they import (grpc.reflection.v1, then v1alpha).</summary>
internal static class ServerReflection
{
    private const string Request = "reflection.ServerReflectionRequest";
    private const string Response = "reflection.ServerReflectionResponse";
    private static readonly string[] Versions = ["v1", "v1alpha"];
    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(5);

    /// <summary>Asks.</summary>
    /// <param name="service">The server.</param>
    /// <param name="timeout">Bound of each question.</param>
    /// <param name="cancellation">Ends the question.</param>
    /// <exception cref="ProtobufException">The server's types contradict each other.</exception>
    public static async Task<ReflectedTypes> AskAsync(StepService service, TimeSpan timeout, CancellationToken cancellation)
    {
        var limit = timeout < Longest ? timeout : Longest;
        GrpcReply? failure = null;
        foreach (var version in Versions)
        {
            var call = new GrpcCall(
                service.Authority, $"/grpc.reflection.{version}.ServerReflection/ServerReflectionInfo", [], [], limit, service.Tls);
            var listed = await AskAsync(call, "listServices", [""], cancellation).ConfigureAwait(false);
            if (listed is { Code: 0, Messages.Count: > 0 })
            {
                var names = Items(listed, 6).OfType<ProtoMessage>().Select(s => (string)(s[1] ?? "")).ToList();
                return new ReflectedTypes(await TypesAsync(call, names, cancellation).ConfigureAwait(false), Failure: null);
            }

            failure = listed.Code is GrpcStatus.Unavailable or GrpcStatus.DeadlineExceeded ? listed : null;
        }

        return new ReflectedTypes(Pool: null, failure);
    }

    private static async Task<DescriptorPool> TypesAsync(GrpcCall call, IReadOnlyList<string> services, CancellationToken cancellation)
    {
        var files = new Dictionary<string, FileDescriptorProto>(StringComparer.Ordinal);
        await AddAsync("fileContainingSymbol", services).ConfigureAwait(false);
        while (Missing() is { Count: > 0 } missing)
        {
            var known = files.Count;
            await AddAsync("fileByFilename", missing).ConfigureAwait(false);
            if (files.Count == known)
            {
                break;
            }
        }

        return DescriptorPool.FromIncompleteFiles(files.Values);

        async Task AddAsync(string question, IReadOnlyList<string> names)
        {
            var reply = await AskAsync(call, question, names, cancellation).ConfigureAwait(false);
            foreach (var data in Items(reply, 4).OfType<byte[]>())
            {
                var file = FileDescriptorProto.Parser.ParseFrom(data);
                files.TryAdd(file.Name, file);
            }
        }

        List<string> Missing() => [.. files.Values.SelectMany(f => f.Dependency).Distinct().Where(d => !files.ContainsKey(d) && !DescriptorPool.IsWellKnown(d))];
    }

    private static Task<GrpcReply> AskAsync(GrpcCall call, string question, IReadOnlyList<string> values, CancellationToken cancellation) =>
        (call with { Messages = [.. values.Select(v => (ReadOnlyMemory<byte>)StandardServices.Encode(Request, question, v))] }).SendAsync(cancellation);

    /// <summary>The items that the answers hold in the list of a field.</summary>
    private static IEnumerable<object> Items(GrpcReply reply, int field) => reply.Messages
        .Select(m => StandardServices.Decode(Response, m)[field])
        .OfType<ProtoMessage>()
        .SelectMany(m => m[1] as List<object> ?? []);
}
