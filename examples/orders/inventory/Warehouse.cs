namespace Inventory;

/// <summary>The stock and the reservations taken from it. Every change is in the log before it is in memory.</summary>
internal sealed class Warehouse
{
    private readonly Lock gate = new();
    private readonly WriteAheadLog log;
    private readonly Dictionary<string, int> stock = new() { ["bolt"] = 100, ["nut"] = 100 };
    private readonly Dictionary<string, Reservation> reservations = [];

    /// <summary>Rebuilds the state from the records of <paramref name="log"/>.</summary>
    public Warehouse(WriteAheadLog log)
    {
        this.log = log;
        foreach (var record in log.ReadAll())
        {
            Apply(Reservation.Decode(record));
        }
    }

    /// <summary>Takes goods from stock. The same order id twice takes them once, so a caller may retry without knowing what happened.</summary>
    /// <returns>The reply line.</returns>
    public string Reserve(Reservation wanted)
    {
        lock (gate)
        {
            if (reservations.TryGetValue(wanted.OrderId, out var known))
            {
                return known == wanted ? $"OK {stock[wanted.Sku]}" : "ERR EEXIST the order id is taken by another reservation";
            }

            if (!stock.TryGetValue(wanted.Sku, out var available))
            {
                return $"ERR ENOENT no such item: {wanted.Sku}";
            }

            if (available < wanted.Quantity)
            {
                return $"ERR ENOSTOCK only {available} of {wanted.Sku} left";
            }

            try
            {
                log.Append(wanted.Encode());
            }
            catch (LogException failure)
            {
                return $"ERR {failure.Code} {failure.Message}";
            }

            Apply(wanted);
            return $"OK {stock[wanted.Sku]}";
        }
    }

    /// <summary>The quantity left of one item.</summary>
    /// <returns>The reply line.</returns>
    public string Stock(string sku)
    {
        lock (gate)
        {
            return stock.TryGetValue(sku, out var available) ? $"OK {available}" : $"ERR ENOENT no such item: {sku}";
        }
    }

    /// <summary>Compares what was acknowledged with what a restart would find in the log.</summary>
    /// <returns>The reply line.</returns>
    public string Check()
    {
        lock (gate)
        {
            var logged = log.ReadAll().Select(Reservation.Decode).ToHashSet();
            var lost = reservations.Values.Count(reservation => !logged.Contains(reservation));
            return lost == 0 ? $"OK {reservations.Count}" : $"ERR ELOST {lost} acknowledged reservations are not in the log";
        }
    }

    private void Apply(Reservation reservation)
    {
        reservations[reservation.OrderId] = reservation;
        stock[reservation.Sku] -= reservation.Quantity;
    }
}
