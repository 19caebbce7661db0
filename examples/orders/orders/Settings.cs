using System.Globalization;

namespace Orders;

/// <summary>What the environment says.</summary>
/// <param name="Port">The HTTP port, from <c>PORT</c>; 7400 by default.</param>
/// <param name="InventoryHost">The host part of <c>INVENTORY_ADDR</c>; 127.0.0.1 by default.</param>
/// <param name="InventoryPort">Its port; 7401 by default.</param>
internal sealed record Settings(int Port, string InventoryHost, int InventoryPort)
{
    /// <summary>Reads the settings of this process.</summary>
    /// <returns><see langword="null"/> when one is not understood; the reason is on standard error.</returns>
    public static Settings? Read()
    {
        var port = Environment.GetEnvironmentVariable("PORT") ?? "7400";
        var address = Environment.GetEnvironmentVariable("INVENTORY_ADDR") ?? "127.0.0.1:7401";
        if (!TryPort(port, out var number))
        {
            Console.Error.WriteLine($"orders: PORT must be 0 to 65535, not {port}");
            return null;
        }

        if (address.Split(':') is not [{ Length: > 0 } host, var text] || !TryPort(text, out var inventoryPort))
        {
            Console.Error.WriteLine($"orders: INVENTORY_ADDR must be host:port, not {address}");
            return null;
        }

        return new Settings(number, host, inventoryPort);
    }

    private static bool TryPort(string text, out ushort port) =>
        ushort.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out port);
}
