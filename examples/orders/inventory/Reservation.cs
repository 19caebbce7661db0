using System.Text;

namespace Inventory;

/// <summary>Goods set aside for one order.</summary>
internal sealed record Reservation(string Sku, int Quantity, string OrderId)
{
    /// <summary>The log payload: the three fields as UTF-8, separated by spaces (no field contains one).</summary>
    public byte[] Encode() => Encoding.UTF8.GetBytes($"{Sku} {Quantity} {OrderId}");

    /// <summary>The inverse of <see cref="Encode"/>.</summary>
    public static Reservation Decode(byte[] payload)
    {
        var fields = Encoding.UTF8.GetString(payload).Split(' ');
        return new Reservation(fields[0], int.Parse(fields[1]), fields[2]);
    }
}
