using System.Globalization;

namespace Inventory;

/// <summary>What the environment and the command line say.</summary>
/// <param name="Port">The TCP port, from <c>PORT</c>; 7401 by default.</param>
/// <param name="LogPath">The log file, from <c>INVENTORY_WAL</c>.</param>
/// <param name="LogIsTemporary">
/// The log lives as long as the process. This is the case when <c>INVENTORY_WAL</c> is unset or <c>auto</c>: every start then gets
/// a new file, so tests neither see each other's reservations nor clean up after each other.
/// </param>
/// <param name="Naive">Whether <c>--naive</c> was given: see <see cref="NaiveLog"/>.</param>
internal sealed record Settings(int Port, string LogPath, bool LogIsTemporary, bool Naive)
{
    private const int DefaultPort = 7401;

    /// <summary>Reads the settings of this process.</summary>
    /// <returns><see langword="null"/> when one is not understood; the reason is on standard error.</returns>
    public static Settings? Read(string[] args)
    {
        if (args.FirstOrDefault(arg => arg != "--naive") is { } unknown)
        {
            Console.Error.WriteLine($"inventory: unknown argument {unknown}; the only one is --naive");
            return null;
        }

        var port = Environment.GetEnvironmentVariable("PORT") ?? DefaultPort.ToString(CultureInfo.InvariantCulture);
        if (!ushort.TryParse(port, NumberStyles.None, CultureInfo.InvariantCulture, out var number))
        {
            Console.Error.WriteLine($"inventory: PORT must be 0 to 65535, not {port}");
            return null;
        }

        var path = Environment.GetEnvironmentVariable("INVENTORY_WAL");
        var temporary = path is null or "" or "auto";
        return new Settings(number, temporary ? FreshPath() : path!, temporary, args.Length > 0);
    }

    private static string FreshPath() => Path.Combine(Path.GetTempPath(), $"inventory-{Guid.NewGuid():N}.wal");
}
