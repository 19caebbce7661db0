namespace Inventory;

/// <summary>The stock and the reservations taken from it. A change is in the log before it is in memory.</summary>
internal sealed class Warehouse
{
    private readonly Lock gate = new();
    private readonly IChangeLog log;
    private readonly Dictionary<string, int> stock = new(StringComparer.Ordinal) { ["bolt"] = 100, ["nut"] = 100, ["washer"] = 5 };
    private readonly Dictionary<string, Reserved> reservations = new(StringComparer.Ordinal);

    /// <summary>Starts with full shelves and replays the changes of the log.</summary>
    public Warehouse(IChangeLog log, IEnumerable<Change> history)
    {
        this.log = log;
        foreach (var change in history)
        {
            Apply(change);
        }
    }

    /// <summary>
    /// Sets goods aside. Idempotent by order id: the same request again takes nothing and gives the same answer, so a caller
    /// that lost the reply may simply ask again.
    /// </summary>
    public Reply Reserve(string sku, int quantity, string orderId)
    {
        var wanted = new Reserved(orderId, sku, quantity);
        lock (gate)
        {
            if (reservations.TryGetValue(orderId, out var existing))
            {
                return existing == wanted ? Left(sku) : Reply.Error("ECONFLICT", $"order {orderId} already reserved something else");
            }

            if (!stock.TryGetValue(sku, out var left))
            {
                return Reply.Error("ENOSKU", $"no article {sku}");
            }

            if (left < quantity)
            {
                return Reply.Error("ENOSTOCK", $"only {left} of {sku} left");
            }

            return Commit(wanted) ?? Left(sku);
        }
    }

    /// <summary>Puts the goods of an order back. Idempotent: an order without reservation is released already.</summary>
    public Reply Release(string orderId)
    {
        lock (gate)
        {
            return reservations.ContainsKey(orderId) ? Commit(new Released(orderId)) ?? Reply.Ok("released") : Reply.Ok("released");
        }
    }

    /// <summary>How many pieces of an article can still be reserved.</summary>
    public Reply Stock(string sku)
    {
        lock (gate)
        {
            return stock.ContainsKey(sku) ? Left(sku) : Reply.Error("ENOSKU", $"no article {sku}");
        }
    }

    /// <summary>Compares what was acknowledged with what a restart would rebuild from the log.</summary>
    public Reply Check()
    {
        lock (gate)
        {
            try
            {
                var rebuilt = new Warehouse(log, log.ReadBack()).reservations;
                var lost = reservations.Values.Except(rebuilt.Values).Concat(rebuilt.Values.Except(reservations.Values))
                    .Select(reserved => reserved.OrderId)
                    .ToList();
                return lost.Count == 0
                    ? Reply.Ok($"{reservations.Count} consistent")
                    : Reply.Error("ELOST", $"acknowledged changes are not in the log: {string.Join(' ', lost)}");
            }
            catch (LogException failure)
            {
                return Reply.Error(failure.Code, failure.Message);
            }
        }
    }

    private Reply Left(string sku) => Reply.Ok($"{stock[sku]}");

    private Reply? Commit(Change change)
    {
        try
        {
            log.Append(change);
        }
        catch (LogException failure)
        {
            return Reply.Error(failure.Code, failure.Message);
        }

        Apply(change);
        return null;
    }

    private void Apply(Change change)
    {
        switch (change)
        {
            case Reserved reserved:
                reservations[reserved.OrderId] = reserved;
                stock[reserved.Sku] = stock.GetValueOrDefault(reserved.Sku) - reserved.Quantity;
                break;
            case Released released when reservations.Remove(released.OrderId, out var reserved):
                stock[reserved.Sku] += reserved.Quantity;
                break;
        }
    }
}
