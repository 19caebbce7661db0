namespace Faultbox.Reporting;

/// <summary>The program that writes a document.</summary>
/// <param name="Version">Product version such as <c>0.1.0</c>.</param>
/// <param name="Commit">Source commit it was built from, or null when unknown.</param>
public sealed record Producer(string Version, string? Commit = null);
