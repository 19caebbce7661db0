namespace Faultbox.Core.Holds;

/// <summary>A call that waits for its release.</summary>
/// <param name="Name">Stable name among the calls of its queue: service, thread ordinal, call and ordinal within the thread.</param>
/// <param name="Answer">Answers the call: 0 lets it run, an errno makes it fail. Called once, on the thread that releases.</param>
public sealed record HeldCall(string Name, Action<int> Answer);
