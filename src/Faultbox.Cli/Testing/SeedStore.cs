using System.Buffers.Binary;
using System.Globalization;
using System.Security.Cryptography;

namespace Faultbox.Cli.Testing;

/// <summary>Where the run seed came from.</summary>
/// <param name="Seed">The seed.</param>
/// <param name="Source"><c>cli</c>, <c>cached</c> or <c>generated</c>.</param>
/// <param name="Warning">Why the seed could not be remembered, or null.</param>
internal sealed record ResolvedSeed(ulong Seed, string Source, string? Warning)
{
    /// <summary>The line shown at the start of a run.</summary>
    public override string ToString() => $"Seed: {Seed} ({Source}){(Warning is null ? "" : $" (warn: cache write failed: {Warning})")}";
}

/// <summary>The last seed of a directory of specifications, kept in <c>.faultbox/last-seed</c> beside the root file.</summary>
internal static class SeedStore
{
    /// <summary>An explicit seed wins, then the remembered one, then a new one; the choice is remembered unless told not to.</summary>
    public static ResolvedSeed Resolve(string specDirectory, ulong? given, bool remember)
    {
        var file = Path.Combine(specDirectory, ".faultbox", "last-seed");
        if (given is { } seed)
        {
            return new ResolvedSeed(seed, "cli", remember ? Write(file, seed) : null);
        }

        if (Read(file) is { } cached)
        {
            return new ResolvedSeed(cached, "cached", null);
        }

        var generated = BinaryPrimitives.ReadUInt64LittleEndian(RandomNumberGenerator.GetBytes(8)) >> 1;
        return new ResolvedSeed(generated, "generated", remember ? Write(file, generated) : null);
    }

    private static ulong? Read(string file)
    {
        try
        {
            return ulong.TryParse(File.ReadAllText(file).Trim(), NumberStyles.None, CultureInfo.InvariantCulture, out var seed) ? seed : null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    private static string? Write(string file, ulong seed)
    {
        var temporary = $"{file}.{Environment.ProcessId}";
        try
        {
            Directory.CreateDirectory(Path.GetDirectoryName(file)!);
            File.WriteAllText(temporary, string.Create(CultureInfo.InvariantCulture, $"{seed}\n"));
            File.Move(temporary, file, overwrite: true);
            return null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return e.Message;
        }
    }
}
