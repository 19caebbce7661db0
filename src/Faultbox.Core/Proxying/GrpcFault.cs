namespace Faultbox.Core.Proxying;

/// <summary>A fault on the answers of gRPC calls. One record per kind.</summary>
/// <param name="Name">Name in specifications and events, for example <c>cut</c>.</param>
public abstract record GrpcFault(string Name)
{
    /// <summary>Its own arguments as a specification writes them.</summary>
    public virtual IReadOnlyList<string> Arguments => [];
}

/// <summary>A call ends with a status after a number of replies.</summary>
/// <param name="Code">Code or name as written.</param>
/// <param name="Message">Text of the status.</param>
/// <param name="AfterMessages">Replies that are relayed before.</param>
public sealed record GrpcEndStatus(string Code, string Message, int AfterMessages) : GrpcFault("status")
{
    /// <inheritdoc/>
    public override IReadOnlyList<string> Arguments => [$"code=\"{Code}\"", $"after_messages={AfterMessages}"];
}

/// <summary>The stream of a call is reset after a number of replies.</summary>
/// <param name="AfterMessages">Replies that are relayed before.</param>
/// <param name="Code">HTTP/2 error code as written.</param>
public sealed record GrpcCut(int AfterMessages, string Code) : GrpcFault("cut")
{
    /// <inheritdoc/>
    public override IReadOnlyList<string> Arguments => [$"after_messages={AfterMessages}", $"code=\"{Code}\""];
}

/// <summary>A call ends in order, without a status.</summary>
public sealed record GrpcNoTrailers() : GrpcFault("no_trailers");

/// <summary>Metadata of an answer are tampered with.</summary>
/// <param name="Change">What becomes of them.</param>
/// <param name="OnHead">True for the metadata before the replies, false for the trailing ones.</param>
public sealed record GrpcMetadata(FieldChange Change, bool OnHead) : GrpcFault("metadata")
{
    /// <inheritdoc/>
    public override IReadOnlyList<string> Arguments => OnHead ? [.. Change.Arguments, "target=\"headers\""] : Change.Arguments;
}

/// <summary>The first reply of a call is damaged.</summary>
/// <param name="Kind">How.</param>
public sealed record GrpcCorrupt(MessageDamage Kind) : GrpcFault("corrupt")
{
    /// <inheritdoc/>
    public override IReadOnlyList<string> Arguments => [$"kind=\"{Kind.ToString().ToLowerInvariant()}\""];
}

/// <summary>A way to damage a message of gRPC.</summary>
public enum MessageDamage
{
    /// <summary>The first byte of the content is inverted.</summary>
    Flip,

    /// <summary>One byte more is announced than follows.</summary>
    Length,

    /// <summary>It is marked as compressed, and is not.</summary>
    Flag,

    /// <summary>The second half of the content is missing.</summary>
    Truncate,
}
