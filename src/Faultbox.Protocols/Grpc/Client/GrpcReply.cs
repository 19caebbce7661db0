namespace Faultbox.Protocols.Grpc.Client;

/// <summary>How a call ended.</summary>
/// <param name="Code">Status code, 0 for OK.</param>
/// <param name="Message">Status message.</param>
/// <param name="Messages">Messages received, without prefix; those that came before a failure, too.</param>
/// <param name="Headers">Initial metadata, names in lower case.</param>
/// <param name="Trailers">Trailing metadata, names in lower case.</param>
internal sealed record GrpcReply(
    int Code,
    string Message,
    IReadOnlyList<byte[]> Messages,
    IReadOnlyList<KeyValuePair<string, string>> Headers,
    IReadOnlyList<KeyValuePair<string, string>> Trailers)
{
    /// <summary>The status as clients show it: <c>rpc error: code = Unavailable desc = …</c>; empty when the call succeeded.</summary>
    public string Error => Code == 0 ? "" : $"rpc error: code = {GrpcStatus.NameOf(Code)} desc = {Message}";
}
