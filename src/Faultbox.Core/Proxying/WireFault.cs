namespace Faultbox.Core.Proxying;

/// <summary>A fault on the byte stream of a connection. One record per kind; sizes in bytes.</summary>
/// <param name="Name">Name in specifications and events, for example <c>latency</c>.</param>
/// <param name="Direction">Streams it acts on.</param>
public abstract record WireFault(string Name, TrafficDirection Direction);
