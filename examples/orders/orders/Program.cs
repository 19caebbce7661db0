using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using System.Text.Json;
using Orders;
using Polly.Timeout;

var port = int.Parse(Environment.GetEnvironmentVariable("PORT") ?? "7400");
var inventoryAddress = (Environment.GetEnvironmentVariable("INVENTORY_ADDR") ?? "127.0.0.1:7401").Split(':');
var inventory = new InventoryClient(inventoryAddress[0], int.Parse(inventoryAddress[1]));
var orders = new ConcurrentDictionary<string, Order>();

var builder = WebApplication.CreateSlimBuilder(args);
builder.Logging.ClearProviders();
builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, port));
builder.Services.ConfigureHttpJsonOptions(json => json.SerializerOptions.TypeInfoResolverChain.Insert(0, OrdersJson.Default));

var app = builder.Build();

app.MapGet("/health", () => Results.Text("ok"));

app.MapGet("/orders/{id}", (string id) => orders.TryGetValue(id, out var order)
    ? Results.Json(order, OrdersJson.Default.Order)
    : Failed(StatusCodes.Status404NotFound, "no such order", id));

app.MapPost("/orders", async (HttpRequest request, CancellationToken cancellation) =>
{
    if (await ReadOrderAsync(request.Body, cancellation) is not { IsValid: true } order)
    {
        return Failed(StatusCodes.Status400BadRequest, "not an order", "expected a JSON object with id, sku and a positive qty");
    }

    try
    {
        return Answer(order, await inventory.ReserveAsync(order, cancellation));
    }
    catch (TimeoutRejectedException)
    {
        return Failed(StatusCodes.Status504GatewayTimeout, "inventory did not answer in time", "the order may be sent again");
    }
    catch (SocketException failure)
    {
        return Failed(StatusCodes.Status503ServiceUnavailable, "inventory is unreachable", failure.SocketErrorCode.ToString());
    }
    catch (IOException)
    {
        return Failed(StatusCodes.Status503ServiceUnavailable, "inventory is unreachable", "the connection broke before the reply");
    }
});

try
{
    app.Run();
    return 0;
}
catch (IOException failure)
{
    Console.Error.WriteLine($"orders cannot listen: {failure.Message}");
    return 1;
}

IResult Answer(Order order, string reply)
{
    if (reply.StartsWith("OK ", StringComparison.Ordinal))
    {
        orders[order.Id] = order;
        return Results.Json(order, OrdersJson.Default.Order, statusCode: StatusCodes.Status201Created);
    }

    return reply.Split(' ', 3) switch
    {
        ["ERR", "ENOENT", var text] => Failed(StatusCodes.Status422UnprocessableEntity, "the order cannot be filled", text),
        ["ERR", "ENOSTOCK" or "EEXIST", var text] => Failed(StatusCodes.Status409Conflict, "the order cannot be filled", text),
        ["ERR", "EINVAL", var text] => Failed(StatusCodes.Status502BadGateway, "inventory did not understand", text),
        ["ERR", var errno, var text] =>
            Failed(StatusCodes.Status507InsufficientStorage, "inventory could not store the reservation", $"{errno}: {text}"),
        _ => Failed(StatusCodes.Status502BadGateway, "inventory sent an unknown reply", reply),
    };
}

static async Task<Order?> ReadOrderAsync(Stream body, CancellationToken cancellation)
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

static IResult Failed(int status, string title, string detail) => Results.Json(
    new Problem(status, title, detail), OrdersJson.Default.Problem, "application/problem+json", status);
