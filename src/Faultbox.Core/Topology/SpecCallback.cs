namespace Faultbox.Core.Topology;

/// <summary>
/// A callable of the specification that the engine invokes later: readiness condition, seed, reset.
/// The engine sees a name, a position and an outcome; how the callable runs is the binding's business.
/// </summary>
/// <param name="Name">Name of the function, or <c>lambda</c>.</param>
/// <param name="Position">Where it was written.</param>
/// <param name="Invoke">Runs it on the calling thread with the given thread name until done or cancelled.</param>
public sealed record SpecCallback(string Name, SourcePosition Position, Func<CallbackContext, CallbackOutcome> Invoke);

/// <summary>What a callback runs with.</summary>
/// <param name="ThreadName">Name of the specification thread, for example <c>ready:db</c>.</param>
/// <param name="Session">The running test session, opaque to this layer.</param>
/// <param name="Cancellation">Ends the callback.</param>
public sealed record CallbackContext(string ThreadName, object Session, CancellationToken Cancellation);

/// <summary>How a callback ended.</summary>
/// <param name="Succeeded">True when it returned without raising.</param>
/// <param name="Truthy">Truth of the returned value; false when it raised.</param>
/// <param name="Description">Text of the value or of the error, for messages such as "last: …".</param>
public sealed record CallbackOutcome(bool Succeeded, bool Truthy, string Description);
