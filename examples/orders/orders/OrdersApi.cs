using System.Collections.Concurrent;
using System.Net.Sockets;
using System.Text.Json;
using Polly.Timeout;

namespace Orders;

/// <summary>The HTTP surface: every way a call of inventory can end has its own status.</summary>
internal sealed class OrdersApi(InventoryClient inventory)
{
    private readonly ConcurrentDictionary<string, Order> orders = new(StringComparer.Ordinal);

    /// <summary>Registers the routes.</summary>
    public void Map(IEndpointRouteBuilder routes)
    {
        routes.MapGet("/health", () => Results.Text("ok"));
        routes.MapGet("/orders/{id}", (string id) => Find(id));
        routes.MapPost("/orders", (HttpRequest request, CancellationToken cancellation) => PlaceAsync(request.Body, cancellation));
    }

    private IResult Find(string id) => orders.TryGetValue(id, out var order)
        ? Results.Json(order, OrdersJson.Default.Order)
        : Failed(StatusCodes.Status404NotFound, "no such order", "NOT_FOUND", id);

    private async Task<IResult> PlaceAsync(Stream body, CancellationToken cancellation)
    {
        if (await ReadOrderAsync(body, cancellation) is not { IsValid: true } order)
        {
            return Failed(StatusCodes.Status400BadRequest, "not an order", "INVALID", "expected JSON with id, sku and a positive qty");
        }

        try
        {
            return Answer(order, await inventory.ReserveAsync(order, cancellation));
        }
        catch (TimeoutRejectedException)
        {
            const string Advice = "whether the goods are reserved is unknown; send the same order again";
            return Failed(StatusCodes.Status504GatewayTimeout, "inventory did not answer in time", "TIMEOUT", Advice);
        }
        catch (SocketException failure)
        {
            var code = failure.SocketErrorCode.ToString();
            return Failed(StatusCodes.Status503ServiceUnavailable, "inventory is unreachable", code, "try again later");
        }
        catch (IOException)
        {
            const string Advice = "the connection broke before the reply; send the same order again";
            return Failed(StatusCodes.Status503ServiceUnavailable, "inventory is unreachable", "BROKEN_CONNECTION", Advice);
        }
    }

    private IResult Answer(Order order, InventoryReply reply)
    {
        if (reply.IsOk)
        {
            orders[order.Id!] = order;
            return Results.Json(order, OrdersJson.Default.Order, statusCode: StatusCodes.Status201Created);
        }

        return reply.Code switch
        {
            "ENOSKU" => Failed(StatusCodes.Status422UnprocessableEntity, "the order cannot be filled", reply.Code, reply.Text),
            "ENOSTOCK" or "ECONFLICT" => Failed(StatusCodes.Status409Conflict, "the order cannot be filled", reply.Code, reply.Text),
            "EIO" or "ENOSPC" or "EDQUOT" or "EFBIG" =>
                Failed(StatusCodes.Status507InsufficientStorage, "inventory cannot store the reservation", reply.Code, reply.Text),
            _ => Failed(StatusCodes.Status503ServiceUnavailable, "inventory takes no reservations", reply.Code, reply.Text),
        };
    }

    private static async Task<Order?> ReadOrderAsync(Stream body, CancellationToken cancellation)
    {
        try
        {
            return await JsonSerializer.DeserializeAsync(body, OrdersJson.Default.Order, cancellation);
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private static IResult Failed(int status, string title, string code, string detail) =>
        Results.Json(new Problem(status, title, code, detail), OrdersJson.Default.Problem, "application/problem+json", status);
}
