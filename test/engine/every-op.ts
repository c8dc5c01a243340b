import type { ModelDefinition } from "../../src/index.js";

/**
 * A network that has every op but those of losses. It is sent to a browser as text, so that it knows nothing but its
 * argument.
 */
export function everyOp(fovea: typeof import("../../src/index.js")): ModelDefinition {
  return fovea.defineModel("every-op", (image, { classes }) => {
    const theta = fovea.linear(fovea.flatten(image), "theta", { outFeatures: 6 });
    const affine = fovea.affineGrid(theta, { rows: 20, columns: 20 });
    let x = fovea.gridSample(image, affine); // [1, 20, 20]
    x = fovea.coordConv2d(x, "coord", { outChannels: 8, kernelSize: 3, padding: 1 });
    x = fovea.relu(fovea.batchNorm2d(x, "bn1")); // [8, 20, 20]
    x = fovea.conv2d(x, "wide", { outChannels: 12, kernelSize: 3, padding: 1, bias: false });
    x = fovea.silu(fovea.groupNorm(x, "gn", { groups: 3 }));
    const depthwise = { outChannels: 12, kernelSize: 3, groups: 12, stride: 2, padding: 1 };
    x = fovea.leakyRelu(fovea.conv2d(x, "depthwise", depthwise)); // [12, 10, 10]
    x = fovea.elu(fovea.conv2d(x, "groups", { outChannels: 8, kernelSize: 2, groups: 2 })); // [8, 9, 9]
    const point = fovea.linear(fovea.globalMaxPool2d(x), "point", { outFeatures: 8 });
    const projective = fovea.projectiveGrid(point, { rows: 8, columns: 8 });
    x = fovea.gridSample(x, projective, { paddingMode: "border" }); // [8, 8, 8]
    const points = fovea.linear(fovea.globalAvgPool2d(x), "points", { outFeatures: 8 });
    const spline = fovea.thinPlateSplineGrid(points, { rows: 6, columns: 6 });
    x = fovea.gridSample(x, spline, { paddingMode: "reflection" }); // [8, 6, 6]
    const gate = fovea.sigmoid(fovea.sub(fovea.channelMean(x), fovea.channelMax(x)));
    x = fovea.div(fovea.mul(x, gate), 2);
    const attended = fovea.scaledDotProductAttention(x, fovea.tanh(x), fovea.gelu(x), { heads: 2 });
    x = fovea.add(fovea.layerNorm(attended, "ln"), fovea.batchAttention(x, x, x, { heads: 4 }));
    const bias = { name: "bias" };
    x = fovea.windowAttention(x, x, x, { heads: 2, window: 3, bias });
    x = fovea.dropPath(fovea.dropout2d(x, 0.2), 0.1);
    x = fovea.interpolate(x, { scaleFactor: 2, mode: "bilinear" }); // [8, 12, 12]
    x = fovea.maxPool2d(x, { kernelSize: 3, stride: 2, padding: 1 }); // [8, 6, 6]
    x = fovea.reshape(fovea.avgPool2d(x, 2), [8, 1, 9]);
    x = fovea.concat([fovea.parameter(x, "token", { shape: [8, 1, 1] }), x], 2); // [8, 1, 10]
    const tokens = fovea.reshape(fovea.softmax(x), [8, 10]);
    const products = fovea.matmul(tokens, fovea.transpose(tokens, 0, 1)); // [8, 8]
    let y = fovea.reshape(fovea.slice(products, 0, 1), [56]);
    y = fovea.dropout(fovea.batchNorm1d(y, "bn2"), 0.25);
    return fovea.logSoftmax(fovea.linear(y, "head", { outFeatures: classes }));
  });
}
