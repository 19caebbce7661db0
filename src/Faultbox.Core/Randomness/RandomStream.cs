using System.Runtime.InteropServices;

namespace Faultbox.Core.Randomness;

/// <summary>
/// The random decisions of one rule in one test. Values are a pure function of seed, test, rule key and occurrence, so they depend on
/// no other rule, thread, test order or worker.
/// </summary>
public readonly struct RandomStream
{
    private const ulong GoldenGamma = 0x9E3779B97F4A7C15;
    private const ulong FnvOffset = 0xCBF29CE484222325;
    private const ulong FnvPrime = 0x100000001B3;

    private readonly ulong _key;

    /// <summary>Opens the stream of a rule.</summary>
    /// <param name="seed">Seed of the test.</param>
    /// <param name="test">Name of the test.</param>
    /// <param name="ruleKey">Label of the rule, or <c>service:keyword</c>.</param>
    public RandomStream(ulong seed, string test, string ruleKey) =>
        _key = Mix(Mix(Mix(seed) ^ Hash(test)) ^ Hash(ruleKey));

    /// <summary>64 random bits of an occurrence, counted from 0.</summary>
    public ulong Bits(long occurrence) => Mix(_key + (((ulong)occurrence + 1) * GoldenGamma));

    /// <summary>A number from 0 (included) to 1 (excluded) of an occurrence, counted from 0.</summary>
    public double Draw(long occurrence) => (Bits(occurrence) >> 11) * (1.0 / (1UL << 53));

    private static ulong Mix(ulong z)
    {
        z += GoldenGamma;
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
        return z ^ (z >> 31);
    }

    private static ulong Hash(string text)
    {
        var hash = FnvOffset;
        foreach (var octet in MemoryMarshal.AsBytes(text.AsSpan()))
        {
            hash = (hash ^ octet) * FnvPrime;
        }

        return hash;
    }
}
